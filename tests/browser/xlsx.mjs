// The departments' XLSX template filled in as a spreadsheet program would: rows come into its first sheet under the columns of
// its header, and all its other parts stay. Knows no column. Next: whole_way.mjs.

import { deflateRawSync, inflateRawSync } from "node:zlib";
import { must } from "./ledger.mjs";

const SHEET = "xl/worksheets/sheet1.xml";
const STRINGS = "xl/sharedStrings.xml";
const UTF8_NAMES = 0x0800;
const DEFLATED = 8;

// As a file that a browser hands in. A row is an object by the names of columns.
export function filledTemplate(template, name, rows) {
  const parts = unpacked(template);
  const letters = header(parts);
  const lines = rows.map((row, place) => line(letters, place + 2, row)).join("");
  const sheet = String(parts.get(SHEET))
    .replace(/<dimension ref="A1:([A-Z]+)1"/, `<dimension ref="A1:$1${rows.length + 1}"`)
    .replace("</sheetData>", () => `${lines}</sheetData>`);
  parts.set(SHEET, Buffer.from(sheet));
  const mimeType = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
  return { name, mimeType, buffer: packed(parts) };
}

// Letter of each column by its name in the first row.
function header(parts) {
  const strings = String(parts.get(STRINGS)).match(/<si>.*?<\/si>/gs).map((item) => item.replace(/<[^>]*>/g, ""));
  const cells = String(parts.get(SHEET)).matchAll(/<c r="([A-Z]+)1"[^>]* t="s"><v>(\d+)<\/v>/g);
  return new Map([...cells].map(([, letter, place]) => [strings[place], letter]));
}

function line(letters, number, row) {
  const told = Object.entries(row).filter(([, text]) => text !== "");
  for (const [column] of told) must(letters.has(column), `the template has no column ${column}`);
  const escaped = (text) => String(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  const cells = [...letters].filter(([column]) => (row[column] ?? "") !== "").map(([column, letter]) =>
    `<c r="${letter}${number}" t="inlineStr"><is><t>${escaped(row[column])}</t></is></c>`);
  return `<row r="${number}">${cells.join("")}</row>`;
}

// Name and content of each part, in the order of the zip's directory.
function unpacked(zip) {
  const end = zip.lastIndexOf(Buffer.from("PK\x05\x06", "latin1"));
  must(end >= 0, "the template is no zip");
  const parts = new Map();
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const [method, size] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)];
    const [name, extra, comment] = [28, 30, 32].map((field) => zip.readUInt16LE(at + field));
    const head = zip.readUInt32LE(at + 42);
    const from = head + 30 + zip.readUInt16LE(head + 26) + zip.readUInt16LE(head + 28);
    const bytes = zip.subarray(from, from + size);
    parts.set(zip.toString("utf8", at + 46, at + 46 + name), method === DEFLATED ? inflateRawSync(bytes) : bytes);
    at += 46 + name + extra + comment;
  }
  return parts;
}

function packed(parts) {
  const [files, directory] = [[], []];
  let at = 0;
  for (const [name, content] of parts) {
    const [title, bytes] = [Buffer.from(name), deflateRawSync(content)];
    // Flags, method, time, day (1 January 1980), checksum, sizes, length of the name, nothing extra: the same in both places.
    const told = Buffer.alloc(24);
    told.writeUInt16LE(UTF8_NAMES, 0);
    told.writeUInt16LE(DEFLATED, 2);
    told.writeUInt16LE(0x21, 6);
    [crc32(content), bytes.length, content.length].forEach((value, place) => told.writeUInt32LE(value, 8 + 4 * place));
    told.writeUInt16LE(title.length, 20);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(at, 10);
    const file = Buffer.concat([Buffer.from("PK\x03\x04\x14\0", "latin1"), told, title, bytes]);
    files.push(file);
    directory.push(Buffer.concat([Buffer.from("PK\x01\x02\x14\0\x14\0", "latin1"), told, rest, title]));
    at += file.length;
  }
  const end = Buffer.alloc(22);
  end.write("PK\x05\x06", "latin1");
  for (const field of [8, 10]) end.writeUInt16LE(parts.size, field);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...files, ...directory, end]);
}

// Node's own is newer than the Node this must run on.
function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
