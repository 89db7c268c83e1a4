"""People who ask through nginx: prepares a text, signs it with the program's own `sign`, submits it, waits for the answer,
fetches the documents and has them verified. Uses nothing but Python's own library.

    journey.py once COUNT   so many people, once
    journey.py until FILE   some ask again and again until FILE is there; any answer that is not as it should be is a loss
"""

import base64
import http.client
import json
import os
import pathlib
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import uuid

NAME = "anyqtama.example.kz"
PATIENCE = 60


class Place:
    def __init__(self):
        self.binary = os.environ["JOURNEY_BINARY"]
        self.material = pathlib.Path(os.environ["JOURNEY_MATERIAL"])
        self.token = pathlib.Path(os.environ["JOURNEY_TOKEN"]).read_text().strip()
        self.told_to_wait = 0
        self.tls = ssl.create_default_context(cafile=str(self.material / "tls/fullchain.pem"))

    def people(self):
        everybody = json.loads((self.material / "people.json").read_text())
        return [person for person in everybody if "granted" in json.dumps(person["expected"]).lower()]

    def call(self, method, path, body=None, headers=None):
        """One connection for each call, to the machine itself under the site's name."""
        connection = http.client.HTTPSConnection("127.0.0.1", 443, timeout=PATIENCE, context=self.tls)
        connection.sock = ssl_socket(connection, self.tls)
        sent = {"Host": NAME, "Authorization": f"Bearer {self.token}", "Connection": "close", **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
        connection.request(method, path, json.dumps(body) if body is not None else None, sent)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, content, answer.getheader("Retry-After")

    def expect(self, status, method, path, body=None, headers=None):
        """Who is told to come again comes again with the same key, as the API's description says; nothing else is taken."""
        end = time.monotonic() + PATIENCE
        got, content, again = self.call(method, path, body, headers)
        while got in (429, 503) and again and time.monotonic() < end:
            self.told_to_wait += 1
            time.sleep(min(float(again), 5))
            got, content, again = self.call(method, path, body, headers)
        if got != status:
            raise SystemError(f"{method} {path.split('?')[0]}: {got} instead of {status}: {content[:300]!r}")
        return content


def ssl_socket(connection, context):
    import socket

    plain = socket.create_connection((connection.host, connection.port), timeout=PATIENCE)
    return context.wrap_socket(plain, server_hostname=NAME)


def signed(place, person):
    ask = {
        "applicant_iin": person["iin"],
        "language": "kk",
        "wards": "all",
        "consents": {"restricted_data": True, "protected_secret": True},
    }
    draft = json.loads(place.expect(201, "POST", "/api/v1/drafts", ask))
    with tempfile.TemporaryDirectory() as folder:
        text, cms = pathlib.Path(folder, "request"), pathlib.Path(folder, "request.cms")
        text.write_bytes(base64.b64decode(draft["document"]))
        key = place.material / "people" / f"{person['slug']}.pem"
        subprocess.run([place.binary, "sign", "--key", key, text, "--out", cms], check=True, stdout=subprocess.DEVNULL)
        return base64.b64encode(cms.read_bytes()).decode()


def answered(place, number):
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        request = json.loads(place.expect(200, "GET", f"/api/v1/requests/{number}"))
        if request["state"] in ("granted", "refused"):
            return request
        time.sleep(0.2)
    raise SystemError(f"{number}: no answer within a minute")


def ask(place, person, look_at_documents):
    cms = signed(place, person)
    key = {"Idempotency-Key": str(uuid.uuid4())}
    number = json.loads(place.expect(202, "POST", "/api/v1/requests", {"signed_request": cms}, key))["number"]
    request = answered(place, number)
    if request["state"] != "granted" or not request["results"]:
        raise SystemError(f"{number}: {request['state']}")
    for result in request["results"] if look_at_documents else []:
        document = place.expect(200, "GET", f"/api/v1/results/{result['id']}/document")
        with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
            file.write(document)
            file.flush()
            words = [place.binary, "verify", file.name, "--anchors", place.material / "anchors"]
            words += ["--crl", place.material / "crl", "--providers", place.material / "providers.toml"]
            words += ["--operator-bin", "210140099997"]
            judged = subprocess.run(words, capture_output=True, text=True)
            if judged.returncode != 0:
                raise SystemError(f"{result['number']} is not genuine: {judged.stdout}{judged.stderr}")
    return number


def once(place, count):
    numbers = [ask(place, person, True) for person in place.people()[:count]]
    print(f"journey: {len(numbers)} people were answered through nginx, their documents are genuine")


def until(place, stop):
    people = place.people()[:5]
    numbers, losses, lock = [], [], threading.Lock()

    def one(person):
        try:
            while not stop.exists():
                number = ask(place, person, False)
                with lock:
                    numbers.append(number)
        except Exception as loss:  # every one is told at the end
            with lock:
                losses.append(f"{person['slug']}: {type(loss).__name__}: {loss}")

    threads = [threading.Thread(target=one, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lost = [number for number in numbers if answered(place, number)["state"] != "granted"]
    for loss in losses:
        print(f"lost: {loss}")
    if losses or lost or not numbers:
        sys.exit(f"journey: {len(losses)} lost, {len(lost)} unanswered, {len(numbers)} answered")
    print(f"journey: {len(numbers)} requests of {len(people)} people while the version was replaced, none lost; "
          f"{place.told_to_wait} times somebody was told to come again")


if __name__ == "__main__":
    if sys.argv[1] == "once":
        once(Place(), int(sys.argv[2]))
    else:
        until(Place(), pathlib.Path(sys.argv[2]))
