"""Errors of the sandbox's own control API; gateways answer in their own forms.

SandboxError
├── InvalidControlRequestError   400: the control call itself is wrong
├── UnknownSubjectError          404: no payment, gateway or delivery of that id
└── ActionRefusedError           409: the gateway's rules forbid the action now
"""


class SandboxError(Exception):
    """A control call that cannot be done; its text says why and what to do."""

    status = 500


class InvalidControlRequestError(SandboxError):
    """The control call itself is wrong."""

    status = 400


class UnknownSubjectError(SandboxError):
    """No payment, gateway or delivery of that id."""

    status = 404


class ActionRefusedError(SandboxError):
    """The gateway's rules forbid the action now."""

    status = 409
