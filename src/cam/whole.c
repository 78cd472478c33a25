/* The demuxers give what they find and then say "end of file", cut or not. Containers of the three
 * kinds name the size of their outermost elements, so a cut shows without reading any picture:
 *   MP4 (ISO/IEC 14496-12 4.2): boxes of size:32 type:32 [size:64], size 0 = up to the end
 *   AVI: chunks "RIFF" size:32 little endian, rounded up to even
 *   Matroska (RFC 8794 4, 5): EBML header, then a Segment; a size of all ones is unknown */
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "base/cursor.h"
#include "cam/impl.h"

enum { HEAD = 32, ELEMENTS_MAX = 1000000 };

static int past_the_end(struct lw_why *why, const char *name, int64_t at, int64_t bytes,
                        int64_t file_bytes)
{
    return lw_why_set(why, LW_ETRUNC, file_bytes,
                      "the file ends at byte %" PRId64 ", inside \"%s\" of %" PRId64
                      " bytes at byte %" PRId64,
                      file_bytes, name, bytes, at);
}

static struct lw_cursor head_at(int fd, int64_t at, uint8_t buf[HEAD])
{
    const ssize_t n = pread(fd, buf, HEAD, (off_t)at);
    return lw_cursor_over((struct lw_span){.data = buf, .n = n > 0 ? (size_t)n : 0});
}

/* A four-character code as it may be printed. */
static void print_code(char out[5], struct lw_span code)
{
    for (size_t i = 0; i < 4; i++)
        out[i] = (char)(code.data[i] >= 32 && code.data[i] < 127 ? code.data[i] : '?');
    out[4] = '\0';
}

/* Size of the box at `at`, its header included; 0: no header left, -1: up to the end. */
static int64_t box_bytes(struct lw_cursor c, char name[5])
{
    uint32_t size, hi, lo;
    struct lw_span code;
    if (lw_cursor_be32(&c, &size) < 0 || lw_cursor_take(&c, 4, &code) < 0)
        return 0;
    print_code(name, code);
    if (size == 0)
        return -1;
    if (size != 1)
        return size;
    if (lw_cursor_be32(&c, &hi) < 0 || lw_cursor_be32(&c, &lo) < 0 || hi > INT32_MAX)
        return 0;
    return (int64_t)((uint64_t)hi << 32 | lo);
}

static int64_t riff_bytes(struct lw_cursor c, char name[5])
{
    uint32_t size;
    struct lw_span code;
    if (lw_cursor_take(&c, 4, &code) < 0 || lw_cursor_le32(&c, &size) < 0)
        return 0;
    print_code(name, code);
    if (strcmp(name, "RIFF") != 0)
        return -1;
    return 8 + (int64_t)size + (size & 1);
}

static int walk(int fd, int64_t file_bytes, int64_t (*bytes_of)(struct lw_cursor, char *),
                struct lw_why *why)
{
    int64_t at = 0;
    for (int i = 0; i < ELEMENTS_MAX && at < file_bytes; i++) {
        uint8_t buf[HEAD];
        char name[5] = "?";
        const int64_t bytes = bytes_of(head_at(fd, at, buf), name);
        if (bytes < 8) /* up to the end, or a few stray bytes there */
            return LW_OK;
        if (bytes > file_bytes - at)
            return past_the_end(why, name, at, bytes, file_bytes);
        at += bytes;
    }
    return LW_OK;
}

/* An EBML variable-size integer; all ones: unknown, -1. keep: leave the length marker in. */
static int vint(struct lw_cursor *c, bool keep, int64_t *out)
{
    uint8_t first, next;
    if (lw_cursor_u8(c, &first) < 0 || first == 0)
        return LW_ETRUNC;
    int more = 0;
    while (!(first << more & 0x80))
        more++;
    uint64_t v = keep ? first : first & (0x7Fu >> more);
    bool ones = (first | (0xFF << (7 - more) & 0xFF)) == 0xFF;
    for (int i = 0; i < more; i++) {
        if (lw_cursor_u8(c, &next) < 0)
            return LW_ETRUNC;
        ones = ones && next == 0xFF;
        v = v << 8 | next;
    }
    *out = ones ? -1 : (int64_t)v;
    return LW_OK;
}

static int matroska_whole(int fd, int64_t file_bytes, struct lw_why *why)
{
    int64_t at = 0;
    for (int i = 0; i < 16 && at < file_bytes; i++) {
        uint8_t buf[HEAD];
        struct lw_cursor c = head_at(fd, at, buf);
        int64_t id, size;
        if (vint(&c, true, &id) < 0 || vint(&c, false, &size) < 0 || size < 0)
            return LW_OK; /* stray bytes, or a size that is unknown */
        const int64_t head = (int64_t)c.pos;
        if (size > file_bytes - at - head)
            return past_the_end(why, id == 0x18538067 ? "Segment" : "an element", at, head + size,
                                file_bytes);
        at += head + size;
    }
    return LW_OK;
}

int lw_container_whole(int fd, int64_t file_bytes, struct lw_why *why)
{
    uint8_t buf[HEAD] = {0};
    if (head_at(fd, 0, buf).n < 12)
        return lw_why_set(why, LW_ETRUNC, file_bytes, "the file has only %" PRId64 " bytes",
                          file_bytes);
    if (memcmp(buf, "\x1A\x45\xDF\xA3", 4) == 0)
        return matroska_whole(fd, file_bytes, why);
    return walk(fd, file_bytes, memcmp(buf, "RIFF", 4) == 0 ? riff_bytes : box_bytes, why);
}
