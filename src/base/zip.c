#include "base/zip.h"

#include <string.h>
#include <time.h>

#include "base/crc.h"

static void le(struct lw_strbuf *b, uint64_t x, int bytes)
{
    for (int i = 0; i < bytes; i++)
        lw_strbuf_putc(b, (char)(x >> (8 * i) & 0xff));
}

/* Two seconds, and years from 1980 on. */
static uint32_t dos_time(int64_t utc_us)
{
    const time_t t = (time_t)(utc_us / 1000000);
    struct tm tm = {0};
    if (!gmtime_r(&t, &tm) || tm.tm_year < 80 || tm.tm_year > 207)
        return 1 << 21 | 1 << 16;
    return (uint32_t)(tm.tm_year - 80) << 25 | (uint32_t)(tm.tm_mon + 1) << 21 |
           (uint32_t)tm.tm_mday << 16 | (uint32_t)tm.tm_hour << 11 | (uint32_t)tm.tm_min << 5 |
           (uint32_t)tm.tm_sec / 2;
}

/* 4.3.7 and 4.3.12: what both heads have in common. Bit 11: the name is UTF-8. */
static void put_common(struct lw_strbuf *b, const struct lw_zip *z, const char *name,
                       struct lw_span bytes)
{
    le(b, 10, 2);
    le(b, 1 << 11, 2);
    le(b, 0, 2);
    le(b, dos_time(z->utc_us), 4);
    le(b, lw_crc32(0, bytes), 4);
    le(b, bytes.n, 4);
    le(b, bytes.n, 4);
    le(b, strlen(name), 2);
    le(b, 0, 2);
}

int lw_zip_add(struct lw_zip *z, const char *name, struct lw_span bytes)
{
    const size_t at = z->bytes.n;
    if (!*name || *name == '/' || strstr(name, "..") || strlen(name) > UINT16_MAX)
        return LW_EINVAL;
    if (z->n == LW_ZIP_FILES_MAX || at + bytes.n + z->central.n > UINT32_MAX - 65536 * 2)
        return LW_ELIMIT;
    le(&z->bytes, 0x04034b50, 4);
    put_common(&z->bytes, z, name, bytes);
    lw_strbuf_puts(&z->bytes, name);
    lw_strbuf_put(&z->bytes, bytes.data, bytes.n);
    le(&z->central, 0x02014b50, 4);
    le(&z->central, 3 << 8 | 10, 2); /* made on a system with Unix rights */
    put_common(&z->central, z, name, bytes);
    le(&z->central, 0, 6);
    le(&z->central, UINT64_C(0100600) << 16, 4);
    le(&z->central, at, 4);
    lw_strbuf_puts(&z->central, name);
    z->n++;
    return lw_mini(lw_strbuf_err(&z->bytes), lw_strbuf_err(&z->central));
}

int lw_zip_finish(struct lw_zip *z)
{
    const size_t at = z->bytes.n;
    lw_strbuf_put(&z->bytes, z->central.s, z->central.n);
    le(&z->bytes, 0x06054b50, 4);
    le(&z->bytes, 0, 4);
    le(&z->bytes, z->n, 2);
    le(&z->bytes, z->n, 2);
    le(&z->bytes, z->central.n, 4);
    le(&z->bytes, at, 4);
    le(&z->bytes, 0, 2);
    return lw_strbuf_err(&z->bytes);
}

void lw_zip_wipe(struct lw_zip *z)
{
    if (z->bytes.s)
        lw_wipe(z->bytes.s, z->bytes.n);
    lw_strbuf_clear(&z->bytes);
    lw_strbuf_clear(&z->central);
}
