"""Rules about sign-in: the unsafe choice needs a word, and what the library refuses is said with the setting's name."""

from mcp_ops.errors import Offences
from mcp_ops.hosting.sign_in_plan import check_metadata_path, plan_sign_in
from settings import Settings, SignIn
from settings_errors import Findings
from settings_server_rules import address
from settings_words import Path
from sign_in import COGNITO, TokenIssuer, sign_in_args

ANYWHERE = "0.0.0.0/0"

SIGN_IN: Path = ("signIn",)
MODE: Path = (*SIGN_IN, "mode")

_INTERNAL: Path = ("network", "internal")
_PROD: Path = ("environment",)
_OF_SERVERS = ("audience", "scopes", "path")
_FIELDS = {"claim_formats": "claimFormats", "jwks_url": "jwksUrl"}
"""Names of the library's inputs that are written differently in a stack file."""


def check_sign_in(settings: Settings, found: Findings) -> None:
    """Notes every rule that the sign-in breaks."""
    chosen = settings.sign_in
    if chosen is not None and chosen.mode == "jwt":
        _check_with(settings, chosen, found)
        return
    internal, prod = settings.network.internal, settings.environment == "prod"
    where, rule = (_PROD, "prod") if prod else (_INTERNAL, "a gateway that is not internal")
    path, free = (SIGN_IN if chosen is None else MODE), internal and not prod
    if chosen is None:
        found.require(free, path, f"{rule} needs sign-in; {{mode: jwt, ...}} says who may call the servers", where)
    else:
        found.check(free, path, chosen.mode, f"is not for {rule}; use jwt", where)
    _check_without(settings, chosen, found)


def _check_without(settings: Settings, chosen: SignIn | None, found: Findings) -> None:
    rule = "has no effect without sign-in; set signIn.mode: jwt, or leave it out"
    for field in sorted(chosen.model_fields_set - {"mode"} if chosen else ()):
        path = (*SIGN_IN, str(SignIn.model_fields[field].alias))
        found.check(None, path, getattr(chosen, field), rule, MODE)
    for name, server in settings.servers.items():
        for field in sorted({"audience", "scopes"} & server.model_fields_set):
            found.check(None, ("servers", name, field), getattr(server, field), rule, MODE)


def _check_with(settings: Settings, chosen: SignIn, found: Findings) -> None:
    path = (*SIGN_IN, "issuer")
    rule = f"it issues the tokens; only with preset {COGNITO} does the program make one"
    found.require(chosen.issuer or chosen.preset == COGNITO, path, rule, (*SIGN_IN, "preset"))
    network = settings.network
    reachable = network.existing or network.nat != "none"
    rule = "leaves an internal gateway and the servers without a way to the issuer's keys; use single or per-zone"
    found.check(reachable, ("network", "nat"), network.nat, rule, MODE)
    issuer = TokenIssuer(chosen.issuer or _made(settings), chosen.jwks_url)
    for name in settings.servers:
        _check_server(settings, name, issuer, found)


def _made(settings: Settings) -> str:
    """Returns an issuer as the program would make it, for rules that need one."""
    region = settings.regions.primary
    return f"https://cognito-idp.{region}.amazonaws.com/{region}_AbCdEfGhI"


def _check_server(settings: Settings, name: str, issuer: TokenIssuer, found: Findings) -> None:
    host, path = address(settings, name)
    scratch = Offences()
    check_metadata_path(scratch, "path", path)
    plan_sign_in(scratch, sign_in_args(settings, name, issuer), f"https://{host}{path}")
    server: Path = ("servers", name)
    depends: list[Path] = [(*server, "host"), (*server, "path"), ("domain", "name"), (*SIGN_IN, "preset")]
    depends.append((*SIGN_IN, "issuer"))
    for offence in scratch:
        field, *rest = offence.where.split(".", 1)
        start = server if field in _OF_SERVERS else SIGN_IN
        where: Path = (*start, _FIELDS.get(field, field), *rest)
        if offence.value is None:
            found.require(None, where, offence.rule.removeprefix("is missing; "), *depends)
        else:
            found.check(None, where, offence.value, offence.rule, *depends)
