"""Lists without an envelope, and the configuration file, gateways/myfatoorah.md section 1."""

from typing import Any

from aiohttp import web

from gateway_sandbox.myfatoorah.countries import COUNTRIES, Country
from gateway_sandbox.myfatoorah.currencies import LISTED, rate
from gateway_sandbox.myfatoorah.gateway import MyFatoorahGateway
from gateway_sandbox.myfatoorah.http import MyFatoorahHttp, json_bytes
from gateway_sandbox.public_url import PublicUrl
from gateway_sandbox.strict_body import dump

_BYTE_ORDER_MARK = "\ufeff".encode()


class ListRoutes:
    """Bare arrays of Text and Value."""

    def __init__(
        self, gateway: MyFatoorahGateway, http: MyFatoorahHttp, *, public_url: PublicUrl
    ) -> None:
        self._gateway = gateway
        self._http = http
        self._public_url = public_url

    async def banks(self, request: web.Request) -> Any:
        """GET /v2/GetBanks."""
        merchant = self._http.authenticate(request, "get_banks")
        return [{"Value": 1, "Text": f"{merchant.place.name_en} - Example Bank"}]

    async def exchange_rates(self, request: web.Request) -> Any:
        """GET /v2/GetCurrenciesExchangeList: what one unit of the base currency buys."""
        merchant = self._http.authenticate(request, "get_currencies_exchange_list")
        return [
            {"Value": f"{rate(merchant.currency, currency):f}", "Text": currency}
            for currency in LISTED
        ]

    async def configuration(self, request: web.Request) -> web.Response:
        """GET /Files/API/mf-config.json, with this sandbox as the host of every country."""
        public_url = self._public_url.of(request)
        document = {code: _hosts(country, public_url) for code, country in COUNTRIES.items()}
        mark = _BYTE_ORDER_MARK if self._gateway.settings.mf_config_bom else b""
        return json_bytes(mark + dump(document), status=200)


def _hosts(country: Country, public_url: str) -> dict[str, str]:
    names = ("portal", "v1", "v2", "testPortal", "testv1", "testv2")
    return {
        **dict.fromkeys(names, public_url),
        "countryNameEn": country.name_en,
        "countryNameAr": country.name_ar,
        "timeZone": country.zone_name,
    }
