"""Embedded sessions, gateways/myfatoorah.md section 2.4."""

from dataclasses import replace
from typing import Any

from aiohttp import web

from gateway_sandbox.chance import new_uuid
from gateway_sandbox.myfatoorah.book import SavedToken, Session
from gateway_sandbox.myfatoorah.errors import USED_SESSION, invalid
from gateway_sandbox.myfatoorah.fields import fields_of
from gateway_sandbox.myfatoorah.gateway import MyFatoorahGateway
from gateway_sandbox.myfatoorah.http import MyFatoorahHttp, success

_SAVED_CARD = "mftoken"
_TOKEN_TYPES = {word: word for word in (_SAVED_CARD, "googlepay", "applepay")}


class SessionRoutes:
    """A session stands for a card that the payer gives in the shop's own page."""

    def __init__(self, gateway: MyFatoorahGateway, http: MyFatoorahHttp) -> None:
        self._gateway = gateway
        self._http = http

    async def initiate(self, request: web.Request) -> Any:
        """POST /v2/InitiateSession; all members are optional."""
        merchant = self._http.authenticate(request, "initiate_session")
        fields = fields_of(await request.read())
        session = Session(
            session_id=new_uuid(),
            api_key=merchant.api_key,
            customer_identifier=fields.text("CustomerIdentifier") or None,
            saves_token=fields.flag("SaveToken") or False,
        )
        fields.flag("IsRecurring")
        fields.finish()
        self._gateway.book.sessions[session.session_id] = session
        owner = session.api_key, session.customer_identifier or ""
        tokens = self._gateway.book.tokens.get(owner, [])
        return success(
            {
                "SessionId": session.session_id,
                "CountryCode": merchant.country,
                "CustomerTokens": [_token(token) for token in tokens],
            },
            "Initiated Successfully!",
        )

    async def update(self, request: web.Request) -> Any:
        """POST /v2/UpdateSession; a saved card must be one of the session's customer."""
        merchant = self._http.authenticate(request, "update_session")
        fields = fields_of(await request.read())
        session_id = fields.text("SessionId", required=True) or ""
        token = fields.text("Token", required=True) or ""
        kind = fields.choice("TokenType", _TOKEN_TYPES, required=True)
        fields.finish()
        session = self._gateway.book.sessions.get(session_id)
        if session is None or session.api_key != merchant.api_key or session.is_used:
            raise invalid("SessionId", USED_SESSION)
        owner = session.api_key, session.customer_identifier or ""
        saved = self._gateway.book.tokens.get(owner, [])
        if kind == _SAVED_CARD and token not in {item.token for item in saved}:
            raise invalid("Token", "The token is not valid")
        self._gateway.book.sessions[session_id] = replace(session, token=token)
        return success({"SessionId": session_id, "CountryCode": merchant.country}, None)

    async def register_domain(self, request: web.Request) -> Any:
        """POST /v2/RegisterApplePayDomain; any domain will do here."""
        self._http.authenticate(request, "register_apple_pay_domain")
        fields = fields_of(await request.read())
        fields.text("DomainName", required=True)
        fields.finish()
        return success(None, "OK")


def _token(token: SavedToken) -> dict[str, Any]:
    return {
        "Token": token.token,
        "CardNumber": token.masked_number,
        "CardBrand": token.brand,
        "Is3DSVerified": True,
        "TokenType": "CARD",
    }
