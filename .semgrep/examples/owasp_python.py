"""What the rules in ../rules/owasp_python.yaml find, and what they let pass."""

import hashlib
import pickle
import random
import secrets
import ssl

import jwt
import requests
import uvicorn
import yaml
from starlette.middleware.cors import CORSMiddleware

# ruleid: no-unverified-tls
requests.get("https://example.com", verify=False, timeout=5)
# ruleid: no-unverified-tls
context = ssl._create_unverified_context()
# ok: no-unverified-tls
requests.get("https://example.com", timeout=5)

# ruleid: no-weak-hash
hashlib.md5(b"text")
# ruleid: no-weak-hash
hashlib.new("sha1", b"text")
# ok: no-weak-hash
hashlib.sha1(b"text", usedforsecurity=False)
# ok: no-weak-hash
hashlib.sha256(b"text")

# ruleid: no-unsafe-deserialisation
pickle.loads(b"")
# ruleid: no-unsafe-deserialisation
yaml.load("text")
# ok: no-unsafe-deserialisation
yaml.load("text", Loader=yaml.SafeLoader)

# ruleid: no-token-without-verification
jwt.decode("token", options={"verify_signature": False})
# ruleid: no-token-without-verification
jwt.decode("token", "key", algorithms=["RS256", "none"])
# ok: no-token-without-verification
jwt.decode("token", "key", algorithms=["RS256"], audience="https://example.com/mcp")

# ruleid: no-secret-in-source
password = "correcthorsebattery"
# ruleid: no-secret-in-source
requests.post("https://example.com", api_key="correcthorsebattery", timeout=5)
# ok: no-secret-in-source
password = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:database"

# ruleid: no-weak-random
token = random.randbytes(16).hex()
# ok: no-weak-random
delay = random.uniform(0, 1)
# ok: no-weak-random
token = secrets.token_hex(16)

# ruleid: no-debug-server
uvicorn.run("app:app", reload=True)
# ok: no-debug-server
uvicorn.run("app:app")

# ruleid: no-origin-wildcard
app.add_middleware(CORSMiddleware, allow_origins=["*"])
# ok: no-origin-wildcard
app.add_middleware(CORSMiddleware, allow_origins=["https://app.example.com"])
