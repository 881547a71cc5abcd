"""Stand-ins on loopback for what a function meets: Lambda's Runtime API, Google's keys, Slack, and a port where nobody is."""

import base64
import json
import queue
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

PROJECT = "demo-gudok"

# In place of an event: there will be none.
_CLOSED = object()


class Server:
    """An HTTP server on a port of its own, in a thread of its own; `answer(method, path, body)` gives (status, headers, body)."""

    def __init__(self, answer):
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _serve(self):
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                status, headers, content = answer(self.command, self.path, self.headers, body)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = _serve

            def log_message(self, *_):
                pass

        class Quiet(ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *_):
                """A client that was killed is no error."""

        self._server = Quiet(("127.0.0.1", 0), Handler)
        self.host = f"127.0.0.1:{self._server.server_address[1]}"
        self.url = f"http://{self.host}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self):
        self._server.shutdown()
        self._server.server_close()


class ClosedPort:
    """An address that refuses every connection for as long as this lives: bound, and never listening."""

    def __init__(self):
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def close(self):
        self._socket.close()


class Google:
    """Signs ID tokens as Firebase does, publishes the key, and knows the accounts of admins."""

    def __init__(self):
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        numbers = self._key.public_key().public_numbers()
        key = {"kty": "RSA", "alg": "RS256", "use": "sig", "kid": "key-1", "n": _number(numbers.n), "e": _number(numbers.e)}
        self._keys = {"keys": [key]}
        self._admins = set()
        self._server = Server(self._answer)
        self.url = self._server.url
        self.keys_url = f"{self.url}/jwk/securetoken"

    def _answer(self, _method, path, _headers, body):
        if path == "/token":
            answer = {"access_token": "access", "expires_in": 3600, "token_type": "Bearer"}
        elif path.endswith("/accounts:lookup"):
            asked = [uid for uid in json.loads(body)["localId"] if uid in self._admins]
            answer = {"users": [{"localId": uid, "customAttributes": '{"admin": true}', "validSince": "0"} for uid in asked]}
        else:
            answer = self._keys
        headers = {"content-type": "application/json", "cache-control": "public, max-age=3600"}
        return 200, headers, json.dumps(answer).encode()

    def token(self, uid, admin=False, forged=False):
        """An ID token of this member; a forged one is right but for the key that signed it."""
        if admin:
            self._admins.add(uid)
        now = int(time.time())
        header = {"alg": "RS256", "kid": "key-1", "typ": "JWT"}
        claims = {
            "iss": f"https://securetoken.google.com/{PROJECT}",
            "aud": PROJECT,
            "sub": uid,
            "user_id": uid,
            "email": "member@example.com",
            "email_verified": True,
            "auth_time": now,
            "iat": now,
            "exp": now + 3600,
            **({"admin": True} if admin else {}),
        }
        signed = ".".join(_text(json.dumps(part).encode()) for part in (header, claims))
        key = self._stranger if forged else self._key
        return f"{signed}.{_text(key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256()))}"

    def service_account(self):
        """A service account's key file, with only what is read of it."""
        pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        return json.dumps(
            {
                "client_email": f"gudok@{PROJECT}.iam.gserviceaccount.com",
                "private_key": pem.decode(),
                "token_uri": f"{self._server.url}/token",
            }
        )

    def close(self):
        self._server.close()


class Slack:
    """Takes every message, and keeps it."""

    def __init__(self):
        self.messages = queue.Queue()
        self._server = Server(self._take)
        self.path = "/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX"
        self.url = self._server.url + self.path

    def _take(self, _method, _path, _headers, body):
        self.messages.put(json.loads(body))
        return 200, {"content-type": "text/html"}, b"ok"

    def close(self):
        self._server.close()


class Lambda:
    """A function's binary, run as Lambda runs it: the process asks for events at the Runtime API and answers there."""

    def __init__(self, binary, environment, log, patience=60):
        self._events = queue.Queue()
        self._answers = queue.Queue()
        self._patience = patience
        self._count = 0
        self._server = Server(self._serve)
        own = {
            "AWS_LAMBDA_RUNTIME_API": self._server.host,
            "AWS_LAMBDA_FUNCTION_NAME": binary.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "1",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
            "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{binary.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "1",
        }
        self._process = subprocess.Popen([binary], env={**environment, **own}, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def invoke(self, event):
        """What the function made of an event: `("response", body)` or `("error", body)`; `start`, `exit` and
        `silence` if it did not come to that."""
        self._events.put(event)
        waited = 0.0
        while waited < self._patience:
            try:
                return self._answers.get(timeout=0.2)
            except queue.Empty:
                waited += 0.2
            if self._process.poll() is not None:
                return "exit", {"status": self._process.returncode}
        return "silence", None

    def _serve(self, method, path, headers, body):
        if path.endswith("/invocation/next"):
            event = self._events.get()
            if event is _CLOSED:
                return 410, {}, b""
            self._count += 1
            told = {
                "content-type": "application/json",
                "lambda-runtime-aws-request-id": f"8476a536-e9f4-11e8-9739-{self._count:012d}",
                "lambda-runtime-deadline-ms": str(int((time.time() + self._patience) * 1000)),
                "lambda-runtime-invoked-function-arn": "arn:aws:lambda:ap-northeast-2:123456789012:function:gudok:live",
                "lambda-runtime-trace-id": "Root=1-692128cf-0a1b2c3d4e5f60718293a4b5;Sampled=0",
            }
            return 200, told, json.dumps(event).encode()
        if method == "POST":
            kind = "start" if path.endswith("/init/error") else path.rsplit("/", 1)[-1]
            self._answers.put((kind, json.loads(body) if body else None))
            return 202, {"content-type": "application/json"}, b'{"status":"OK"}'
        return 404, {}, b""

    def close(self):
        self._process.kill()
        self._process.wait()
        self._events.put(_CLOSED)
        self._server.close()


def _text(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _number(value):
    return _text(value.to_bytes((value.bit_length() + 7) // 8))
