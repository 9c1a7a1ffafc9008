"""How one sandbox process is set up."""

from dataclasses import dataclass, field

from gateway_sandbox.myfatoorah.settings import MyFatoorahSettings
from gateway_sandbox.tabby.settings import TabbySettings
from gateway_sandbox.tamara.settings import TamaraSettings


@dataclass(frozen=True, slots=True)
class Settings:
    """`retry_scale` multiplies the gateways' waits between delivery attempts.

    `public_url` is what customers' browsers reach; None means the URL of each request.
    """

    retry_scale: float = 1.0
    public_url: str | None = None
    tabby: TabbySettings = field(default_factory=TabbySettings)
    tamara: TamaraSettings = field(default_factory=TamaraSettings)
    myfatoorah: MyFatoorahSettings = field(default_factory=MyFatoorahSettings)
