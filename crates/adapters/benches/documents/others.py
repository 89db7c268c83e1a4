"""The same certificate by WeasyPrint and by headless Chromium, each sealed by pyHanko; processor time of each step.

Reads a folder with `certificate.html` (in which NUMBER stands for a number that differs in each document), `seal.key`,
`seal.pem`, `root.pem`; prints one JSON object a line. Called by `documents.rs`.
"""

import atexit
import base64
import importlib.metadata
import io
import json
import os
import pathlib
import subprocess
import sys
import time

import weasyprint
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign import signers
from pyhanko.sign.fields import SigSeedSubFilter
from weasyprint.text.fonts import FontConfiguration

TICKS = os.sysconf("SC_CLK_TCK")
PIPE_IN, PIPE_OUT = 3, 4
CHROMIUM = ["chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--allow-file-access-from-files"]


def family_seconds(pid):
    """Processor time of a process and everything below it, ended or not."""
    parents, seconds = {}, {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open(f"/proc/{entry}/stat") as file:
                fields = file.read().rsplit(")", 1)[1].split()
        except OSError:
            continue
        parents[int(entry)] = int(fields[1])
        seconds[int(entry)] = sum(int(ticks) for ticks in fields[11:15]) / TICKS
    def belongs(one):
        while one not in (0, 1, pid):
            one = parents.get(one, 0)
        return one == pid
    return sum(spent for one, spent in seconds.items() if belongs(one))


class Chromium:
    """A browser that stays open, spoken to by pipes."""

    def __init__(self, folder):
        to_read, self.out = os.pipe()
        self.input, to_write = os.pipe()
        def in_child():
            # Copies that do not close, under the numbers it expects, whatever numbers the pipes have.
            spare_read, spare_write = os.dup(to_read), os.dup(to_write)
            os.dup2(spare_read, PIPE_IN)
            os.dup2(spare_write, PIPE_OUT)
        words = CHROMIUM + ["--remote-debugging-pipe", f"--user-data-dir={folder}/profile", "about:blank"]
        self.process = subprocess.Popen(
            words, preexec_fn=in_child, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_read)
        os.close(to_write)
        self.waiting, self.last, self.session = b"", 0, None
        target = self.ask("Target.createTarget", url=f"file://{folder}/empty.html")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.ask("Page.enable")
        self.frame = self.ask("Page.getFrameTree")["frameTree"]["frame"]["id"]

    def ask(self, method, **params):
        self.last += 1
        message = {"id": self.last, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.next()
            if answer.get("id") == self.last:
                if "error" in answer:
                    raise RuntimeError(answer["error"])
                return answer["result"]

    def next(self):
        while b"\0" not in self.waiting:
            piece = os.read(self.input, 1 << 20)
            if not piece:
                raise RuntimeError("the browser has ended")
            self.waiting += piece
        message, self.waiting = self.waiting.split(b"\0", 1)
        return json.loads(message)

    def pdf(self, html):
        self.ask("Page.setDocumentContent", frameId=self.frame, html=html)
        self.ask("Runtime.evaluate", expression="document.fonts.ready.then(() => 1)", awaitPromise=True)
        told = self.ask("Page.printToPDF", printBackground=True, preferCSSPageSize=True)
        return base64.b64decode(told["data"])

    def seconds(self):
        return family_seconds(self.process.pid)

    def close(self):
        self.process.kill()
        self.process.wait()


class KeptKey(signers.SimpleSigner):
    """pyHanko reads and checks the key anew for each signature, which takes many times as long as signing: here once."""

    key = None

    def sign_raw(self, data, digest_algorithm):
        if self.key is None:
            self.key = serialization.load_der_private_key(self.signing_key.dump(), password=None)
        return self.key.sign(data, PKCS1v15(), SHA256())


class Seal:
    """pyHanko with the key, as PAdES B-B."""

    def __init__(self, folder, kind):
        loaded = signers.SimpleSigner.load(
            str(folder / "seal.key"), str(folder / "seal.pem"), ca_chain_files=(str(folder / "root.pem"),)
        )
        self.signer = kind(loaded.signing_cert, loaded.signing_key, loaded.cert_registry)

    def seal(self, pdf):
        meta = signers.PdfSignatureMetadata(
            field_name="Seal", md_algorithm="sha256", subfilter=SigSeedSubFilter.PADES, reason="Seal"
        )
        writer = IncrementalPdfFileWriter(io.BytesIO(pdf), strict=False)
        return signers.sign_pdf(writer, meta, signer=self.signer).getvalue()


def sealing_ms(seal, pdfs):
    """Milliseconds of processor time for each, and the last one sealed."""
    sealed = None
    begun = time.process_time()
    for pdf in pdfs:
        sealed = seal(pdf)
    return (time.process_time() - begun) * 1000 / len(pdfs), sealed


def one_round(render, spent, seals, htmls):
    """One round: rendering, sealing with a kept key, sealing as pyHanko does by itself."""
    begun = spent()
    pdfs = [render(html) for html in htmls]
    rendered = (spent() - begun) * 1000 / len(htmls)
    kept, sealed = sealing_ms(seals[0].seal, pdfs)
    plain, _ = sealing_ms(seals[1].seal, pdfs[:10])
    return {"render_ms": rendered, "seal_ms": kept, "plain_seal_ms": plain, "bytes": len(sealed)}, sealed


def main():
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2])
    text = (folder / "certificate.html").read_text()
    (folder / "empty.html").write_text("<!doctype html><title>empty</title>")
    htmls = [text.replace("NUMBER", f"A-2345-{index:04}-B") for index in range(count)]
    seals = [Seal(folder, KeptKey), Seal(folder, signers.SimpleSigner)]
    fonts = FontConfiguration()
    weasy_html = lambda html: weasyprint.HTML(string=html, base_url=str(folder)).write_pdf(
        pdf_variant="pdf/a-3u", font_config=fonts
    )
    chromium = Chromium(folder)
    atexit.register(chromium.close)
    tell = lambda **words: print(json.dumps(words), flush=True)
    version = subprocess.run(["chromium", "--version"], capture_output=True, text=True).stdout.split()
    tell(weasyprint=weasyprint.__version__, pyhanko=importlib.metadata.version("pyHanko"), chromium=version[1])
    ways = {
        "weasyprint": (weasy_html, time.process_time),
        # What asks the browser is counted too, as any program that uses it has to.
        "chromium": (chromium.pdf, lambda: chromium.seconds() + time.process_time()),
    }
    for render, _ in ways.values():
        for one in seals:
            one.seal(render(htmls[0]))
    # One round when it is told to, so that all that is compared takes turns.
    for line in sys.stdin:
        name = line.strip()
        render, spent = ways[name]
        figures, sealed = one_round(render, spent, seals, htmls)
        (folder / f"{name}.pdf").write_bytes(sealed)
        tell(name=name, **figures)


main()
