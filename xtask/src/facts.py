"""Takes a detached GOST CMS apart for a judge that knows the curve under Russia's names.

Arguments: the CMS, a folder. Writes there `attributes.der` (what was signed), `signature.bin` (big-endian, s before r),
`key.der` (the certificate's key under the names of the gost engine) and `digest.bin` (the digest that was signed).
"""

import pathlib
import sys

from asn1crypto import cms, core

STREEBOG_512 = "1.2.398.3.10.1.3.3"
SIGNATURE = "1.2.398.3.10.1.1.2.3.2"
MESSAGE_DIGEST = "1.2.840.113549.1.9.4"
# Content type, digest, signing time, the certificate by its hash (version 2).
ATTRIBUTES = {
    "1.2.840.113549.1.9.3",
    MESSAGE_DIGEST,
    "1.2.840.113549.1.9.5",
    "1.2.840.113549.1.9.16.2.47",
}


def tagged(tag, *parts):
    body = b"".join(parts)
    length = len(body)
    size = bytes([length]) if length < 128 else b"\x81" + bytes([length])
    return bytes([tag]) + size + body


def named(oid):
    return core.ObjectIdentifier(oid).dump()


def main(path, folder):
    folder = pathlib.Path(folder)
    info = cms.ContentInfo.load(pathlib.Path(path).read_bytes(), strict=True)
    assert info["content_type"].native == "signed_data"
    data = info["content"]
    assert data["encap_content_info"]["content"].native is None, "the content is inside"
    [signer] = data["signer_infos"]
    [certificate] = data["certificates"]
    assert signer["digest_algorithm"]["algorithm"].dotted == STREEBOG_512
    assert signer["signature_algorithm"]["algorithm"].dotted == SIGNATURE
    attributes = {one["type"].dotted: one["values"] for one in signer["signed_attrs"]}
    assert set(attributes) == ATTRIBUTES, sorted(attributes)
    [digest] = attributes[MESSAGE_DIGEST]
    key = bytes(certificate.chosen["tbs_certificate"]["subject_public_key_info"].dump())[-128:]
    parameters = tagged(0x30, named("1.2.643.7.1.2.1.2.1"), named("1.2.643.7.1.1.2.3"))
    algorithm = tagged(0x30, named("1.2.643.7.1.1.1.2"), parameters)
    octets = b"\x04\x81\x80" + key
    bits = b"\x03\x81\x84\x00" + octets
    (folder / "key.der").write_bytes(tagged(0x30, algorithm, bits))
    (folder / "signature.bin").write_bytes(signer["signature"].native[::-1])
    (folder / "attributes.der").write_bytes(signer["signed_attrs"].untag().dump())
    (folder / "digest.bin").write_bytes(digest.native)


main(*sys.argv[1:])
