// Frames: built for sending, counted when they come back, scripted beforehand.
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

static const uint8_t MASK[4] = { 0x37, 0xfa, 0x21, 0x3d };

size_t
frame_put (uint8_t *out, int opcode, bool compressed, bool masked, const uint8_t *payload, size_t length)
{
  size_t at = 0;
  uint8_t mask_bit = masked ? 0x80 : 0;
  out[at++] = 0x80 | (compressed ? 0x40 : 0) | opcode;
  if (length < 126) {
    out[at++] = mask_bit | length;
  } else if (length < 65536) {
    out[at++] = mask_bit | 126;
    out[at++] = length >> 8;
    out[at++] = length;
  } else {
    out[at++] = mask_bit | 127;
    for (int shift = 56; shift >= 0; shift -= 8)
      out[at++] = (uint64_t) length >> shift;
  }
  if (masked) {
    memcpy (out + at, MASK, 4);
    at += 4;
  }
  for (size_t i = 0; i < length; i++)
    out[at + i] = payload[i] ^ (masked ? MASK[i & 3] : 0);
  return at + length;
}

size_t
reader_take (struct reader *reader, const uint8_t *data, size_t length, struct piece *piece)
{
  size_t taken = 0;
  piece->ends_frame = piece->ends_message = false;
  piece->length = 0;
  if (!reader->in_payload) {
    size_t need = 2;
    while (taken < length) {
      reader->head[reader->have++] = data[taken++];
      if (reader->have >= 2)
        need = (reader->head[1] & 127) == 127 ? 10 : (reader->head[1] & 127) == 126 ? 4 : 2;
      if (reader->have >= need)
        break;
    }
    if (reader->have < need)
      return taken;
    if (reader->head[1] & 128)
      fail ("the server sent a masked frame");
    uint64_t left = reader->head[1];
    if (need > 2) {
      left = 0;
      for (size_t i = 2; i < need; i++)
        left = left << 8 | reader->head[i];
    }
    reader->left = left;
    reader->have = 0;
    reader->in_payload = true;
    reader->final = reader->head[0] & 0x80;
    reader->opcode = reader->head[0] & 15;
    if (reader->opcode != OPCODE_CONTINUATION) // which goes on as it began (RFC 7692, 6.1)
      reader->compressed = reader->head[0] & 0x40;
  }
  size_t available = length - taken;
  piece->data = data + taken;
  piece->length = reader->left < available ? reader->left : available;
  piece->opcode = reader->opcode;
  piece->compressed = reader->compressed;
  reader->left -= piece->length;
  if (reader->left == 0) {
    reader->in_payload = false;
    piece->ends_frame = true;
    piece->ends_message = reader->final && reader->opcode < OPCODE_CLOSE;
  }
  return taken + piece->length;
}

// Lines of JSON with numbers in them, cut where the size says: text that deflates as an application's would.
static void
fill_text (uint8_t *out, size_t length, unsigned *seed)
{
  size_t at = 0;
  while (at < length) {
    char line[160];
    *seed = *seed * 1664525u + 1013904223u;
    int n
        = snprintf (line, sizeof line,
                    "{\"id\":%u,\"user\":\"user%u\",\"price\":%u.%02u,\"status\":\"%s\",\"tags\":[\"a%u\",\"b%u\"]}\n",
                    *seed >> 4, *seed >> 22, *seed >> 18, (*seed >> 9) % 100, (*seed & 1024) ? "delivered" : "pending",
                    *seed >> 27, (*seed >> 5) & 63);
    size_t take = (size_t) n < length - at ? (size_t) n : length - at;
    memcpy (out + at, line, take);
    at += take;
  }
}

struct script
script_plain (const struct options *options)
{
  unsigned seed = 1;
  // Enough copies that what is in flight leaves in one send().
  size_t copies = 65536 / (options->size + HEADER_MAX) + options->in_flight;
  if (options->size >= 65536)
    copies = 1;
  struct script script = { .count = copies, .plain_length = options->size };
  script.plain = malloc (options->size + 1);
  fill_text (script.plain, options->size, &seed);
  script.bytes = malloc (copies * (options->size + HEADER_MAX));
  script.ends = malloc (copies * sizeof *script.ends);
  size_t at = 0;
  for (size_t i = 0; i < copies; i++) {
    at += frame_put (script.bytes + at, options->text ? OPCODE_TEXT : OPCODE_BINARY, false, true, script.plain,
                     options->size);
    script.ends[i] = at;
  }
  return script;
}

struct script
script_deflate (const struct options *options, int bits, bool no_context)
{
  // The messages are compressed twice over with one window. What the second pass refers to lies at most 32 KiB back,
  // in text that is the same whether the first or the second pass went before it: so the second pass can be sent for
  // ever.
  size_t messages = options->size >= 65536 ? 4 : 131072 / options->size + 1;
  unsigned seed = 1;
  z_stream z = { 0 };
  if (deflateInit2 (&z, 6, Z_DEFLATED, bits < 9 ? -9 : -bits, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    fail ("zlib");
  size_t bound = deflateBound (&z, options->size) + 64;
  struct script script = { .count = 2 * messages, .restart = messages, .plain_length = options->size };
  uint8_t *texts = malloc (messages * options->size), *out = malloc (bound);
  for (size_t i = 0; i < messages; i++)
    fill_text (texts + i * options->size, options->size, &seed);
  script.bytes = malloc (2 * messages * (bound + HEADER_MAX));
  script.ends = malloc (script.count * sizeof *script.ends);
  size_t at = 0;
  for (size_t i = 0; i < script.count; i++) {
    z.next_in = texts + (i % messages) * options->size;
    z.avail_in = options->size;
    z.next_out = out;
    z.avail_out = bound;
    deflate (&z, Z_SYNC_FLUSH);
    at += frame_put (script.bytes + at, OPCODE_TEXT, true, true, out,
                     bound - z.avail_out - 4); // without 00 00 ff ff (RFC 7692, 7.2.1)
    script.ends[i] = at;
    if (no_context)
      deflateReset (&z);
  }
  deflateEnd (&z);
  free (out);
  script.plain = texts;
  return script;
}

bool
script_inflates_to_first (const struct script *script, const uint8_t *data, size_t length)
{
  z_stream z = { 0 };
  uint8_t *out = malloc (script->plain_length + 1), tail[4] = { 0, 0, 0xff, 0xff };
  inflateInit2 (&z, -15);
  z.next_out = out;
  z.avail_out = script->plain_length + 1;
  z.next_in = (uint8_t *) data;
  z.avail_in = length;
  inflate (&z, Z_SYNC_FLUSH);
  z.next_in = tail;
  z.avail_in = 4;
  inflate (&z, Z_SYNC_FLUSH);
  bool same = z.total_out == script->plain_length && memcmp (out, script->plain, script->plain_length) == 0;
  inflateEnd (&z);
  free (out);
  return same;
}
