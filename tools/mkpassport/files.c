#include <string.h>

#include "passport.h"

static struct lw_span text(const char *s)
{
    return (struct lw_span){(const uint8_t *)s, strlen(s)};
}

static void put_be(struct lw_strbuf *b, uint32_t v, int bytes)
{
    for (int i = bytes - 1; i >= 0; i--)
        lw_strbuf_putc(b, (char)(v >> (8 * i) & 0xff));
}

static void put_zeros(struct lw_strbuf *b, size_t n)
{
    while (n-- > 0)
        lw_strbuf_putc(b, 0);
}

/* Wrap what is in b. */
static void wrap(struct lw_strbuf *b, uint32_t tag)
{
    struct lw_strbuf inner = *b;
    *b = LW_STRBUF_INIT;
    lw_tlv_put(b, tag, lw_strbuf_span(&inner));
    lw_strbuf_clear(&inner);
}

/* Append contents as one element and empty them. */
static void put_element(struct lw_strbuf *out, uint32_t tag, struct lw_strbuf *contents)
{
    lw_tlv_put(out, tag, lw_strbuf_span(contents));
    lw_strbuf_clear(contents);
}

static void put_uint(struct lw_strbuf *out, uint32_t tag, uint32_t v)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    int bytes = 1;
    while (bytes < 4 && v >> (8 * bytes - 1))
        bytes++;
    put_be(&b, v, bytes);
    lw_tlv_put(out, tag, lw_strbuf_span(&b));
}

void mkp_com(struct lw_strbuf *out, uint32_t groups)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO_STRBUF tags = LW_STRBUF_INIT;
    for (int g = LW_LDS_DG1; g <= LW_LDS_DG16; g++)
        if (groups & 1u << g)
            lw_strbuf_putc(&tags, (char)lw_lds_info((enum lw_lds_id)g)->tag);
    lw_tlv_put(&b, 0x5f01, text("0107"));
    lw_tlv_put(&b, 0x5f36, text("040000"));
    put_element(&b, 0x5c, &tags);
    put_element(out, 0x60, &b);
}

void mkp_dg1(struct lw_strbuf *out, const char *mrz)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_tlv_put(&b, 0x5f1f, text(mrz));
    put_element(out, 0x61, &b);
}

static bool is_jpeg(struct lw_span s)
{
    return s.n > 2 && s.data[0] == 0xff && s.data[1] == 0xd8;
}

static void put_face_2005(struct lw_strbuf *b, const struct mkp_face *f)
{
    put_be(b, (uint32_t)(20 + 8 + 12 + f->picture.n), 4);
    put_be(b, 1, 2); /* one feature point */
    put_zeros(b, 14);
    put_zeros(b, 8);
    put_be(b, 1, 1);
    put_be(b, is_jpeg(f->picture) ? 0 : 1, 1);
    put_be(b, (uint32_t)f->width, 2);
    put_be(b, (uint32_t)f->height, 2);
    put_zeros(b, 6);
    lw_strbuf_put(b, f->picture.data, f->picture.n);
}

static void put_face_2011(struct lw_strbuf *b, const struct mkp_face *f)
{
    put_be(b, (uint32_t)(4 + 14 + 1 + 5 + 17 + 8 + 11 + 4 + f->picture.n), 4);
    put_zeros(b, 14);
    put_be(b, 1, 1); /* one quality block */
    put_zeros(b, 5);
    put_be(b, 1, 2); /* one landmark */
    put_zeros(b, 15);
    put_zeros(b, 8);
    put_be(b, 1, 1);
    put_be(b, is_jpeg(f->picture) ? 0 : 1, 1);
    put_be(b, (uint32_t)f->width, 2);
    put_be(b, (uint32_t)f->height, 2);
    put_zeros(b, 5);
    put_be(b, (uint32_t)f->picture.n, 4);
    lw_strbuf_put(b, f->picture.data, f->picture.n);
}

static void put_19794(struct lw_strbuf *out, bool year_2011, const struct mkp_face *faces, size_t n)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    for (size_t i = 0; i < n; i++)
        if (year_2011)
            put_face_2011(&b, &faces[i]);
        else
            put_face_2005(&b, &faces[i]);
    lw_strbuf_put(out, "FAC", 4);
    lw_strbuf_put(out, year_2011 ? "030" : "010", 4);
    put_be(out, (uint32_t)(b.n + (year_2011 ? 17 : 14)), 4);
    put_be(out, (uint32_t)n, 2);
    put_zeros(out, year_2011 ? 3 : 0);
    lw_strbuf_put(out, b.s, b.n);
}

static void put_representation(struct lw_strbuf *out, const struct mkp_face *f, uint32_t id)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO_STRBUF info = LW_STRBUF_INIT;
    LW_AUTO_STRBUF size = LW_STRBUF_INIT;
    LW_AUTO_STRBUF all = LW_STRBUF_INIT;
    put_uint(&size, 0x80, is_jpeg(f->picture) ? 2 : 3);
    put_element(&info, 0xa0, &size);
    put_uint(&size, 0x80, (uint32_t)f->width);
    put_uint(&size, 0x81, (uint32_t)f->height);
    put_element(&info, 0xa7, &size);
    lw_tlv_put(&b, 0x80, f->picture);
    put_element(&b, 0xa1, &info);
    wrap(&b, 0xa0);
    wrap(&b, 0xa0);
    put_uint(&all, 0x80, id);
    put_element(&all, 0xa1, &b);
    put_element(out, 0x30, &all);
}

static void put_39794(struct lw_strbuf *out, const struct mkp_face *faces, size_t n)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO_STRBUF version = LW_STRBUF_INIT;
    LW_AUTO_STRBUF blocks = LW_STRBUF_INIT;
    put_uint(&version, 0x80, 3);
    put_uint(&version, 0x81, 2019);
    put_element(&b, 0xa0, &version);
    for (size_t i = 0; i < n; i++)
        put_representation(&blocks, &faces[i], (uint32_t)i);
    put_element(&b, 0xa1, &blocks);
    wrap(&b, 0x65);
    put_element(out, 0xa1, &b);
}

void mkp_face_record(struct lw_strbuf *out, enum mkp_record record, const struct mkp_face *faces,
                     size_t n)
{
    if (record == MKP_39794)
        put_39794(out, faces, n);
    else
        put_19794(out, record == MKP_19794_2011, faces, n);
}

void mkp_dg2(struct lw_strbuf *out, enum mkp_record record, const struct mkp_face *faces, size_t n)
{
    LW_AUTO_STRBUF header = LW_STRBUF_INIT;
    LW_AUTO_STRBUF block = LW_STRBUF_INIT;
    LW_AUTO_STRBUF bit = LW_STRBUF_INIT;
    LW_AUTO_STRBUF group = LW_STRBUF_INIT;
    const uint8_t owner[] = {0x01, 0x01}, type[] = {0x00, record == MKP_39794 ? 0x2a : 0x08};
    lw_tlv_put(&header, 0x87, (struct lw_span){owner, 2});
    lw_tlv_put(&header, 0x88, (struct lw_span){type, 2});
    put_element(&bit, 0xa1, &header);
    mkp_face_record(&block, record, faces, n);
    put_element(&bit, record == MKP_39794 ? 0x7f2e : 0x5f2e, &block);
    put_uint(&group, 0x02, 1);
    put_element(&group, 0x7f60, &bit);
    wrap(&group, 0x7f61);
    put_element(out, 0x75, &group);
}

void mkp_dg7(struct lw_strbuf *out, struct lw_span picture)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    put_uint(&b, 0x02, 1);
    lw_tlv_put(&b, 0x5f43, picture);
    put_element(out, 0x67, &b);
}

void mkp_dg11(struct lw_strbuf *out, const char *full_name, const char *other_name)
{
    static const uint8_t tags[] = {0x5f, 0x0e, 0x5f, 0x0f}, birth[] = {0x19, 0x74, 0x08, 0x12};
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO_STRBUF others = LW_STRBUF_INIT;
    lw_tlv_put(&b, 0x5c, (struct lw_span){tags, sizeof(tags)});
    lw_tlv_put(&b, 0x5f0e, text(full_name));
    put_uint(&others, 0x02, 1);
    lw_tlv_put(&others, 0x5f0f, text(other_name));
    put_element(&b, 0xa0, &others);
    lw_tlv_put(&b, 0x5f2b, (struct lw_span){birth, sizeof(birth)});
    put_element(out, 0x6b, &b);
}

void mkp_dg12(struct lw_strbuf *out, const char *authority, const char *date)
{
    static const uint8_t tags[] = {0x5f, 0x19, 0x5f, 0x26};
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_tlv_put(&b, 0x5c, (struct lw_span){tags, sizeof(tags)});
    lw_tlv_put(&b, 0x5f19, text(authority));
    lw_tlv_put(&b, 0x5f26, text(date));
    put_element(out, 0x6c, &b);
}

static void put_spki(struct lw_strbuf *out, EVP_PKEY *key)
{
    unsigned char *der = NULL;
    const int n = i2d_PUBKEY(key, &der);
    if (n > 0)
        lw_strbuf_put(out, der, (size_t)n);
    OPENSSL_free(der);
}

void mkp_dg15(struct lw_strbuf *out, EVP_PKEY *key)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    put_spki(&b, key);
    put_element(out, 0x6f, &b);
}

/* SecurityInfo with numbers behind the protocol; below 0: none. oid is its DER contents. */
static void put_info(struct lw_strbuf *out, struct lw_span oid, int version, int id)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_tlv_put(&b, 0x06, oid);
    if (version >= 0)
        put_uint(&b, 0x02, (uint32_t)version);
    if (id >= 0)
        put_uint(&b, 0x02, (uint32_t)id);
    put_element(out, 0x30, &b);
}

#define BSI 0x04, 0x00, 0x7f, 0x00, 0x07, 0x02, 0x02
static const uint8_t pace_gm_aes128[] = {BSI, 0x04, 0x02, 0x02};
static const uint8_t pace_cam_aes128[] = {BSI, 0x04, 0x06, 0x02};
static const uint8_t ca_ecdh_aes128[] = {BSI, 0x03, 0x02, 0x02};
static const uint8_t pk_ecdh[] = {BSI, 0x01, 0x02};

void mkp_card_access(struct lw_strbuf *out)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    put_info(&b, (struct lw_span){pace_gm_aes128, sizeof(pace_gm_aes128)}, 2, 13);
    put_element(out, 0x31, &b);
}

static void put_public_key_info(struct lw_strbuf *out, EVP_PKEY *key)
{
    LW_AUTO_STRBUF info = LW_STRBUF_INIT;
    lw_tlv_put(&info, 0x06, (struct lw_span){pk_ecdh, sizeof(pk_ecdh)});
    put_spki(&info, key);
    put_uint(&info, 0x02, 1);
    put_element(out, 0x30, &info);
}

void mkp_cam_infos(struct lw_strbuf *out, EVP_PKEY *key)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    put_info(&b, (struct lw_span){pace_cam_aes128, sizeof(pace_cam_aes128)}, 2, 13);
    put_public_key_info(&b, key);
    put_element(out, 0x31, &b);
}

void mkp_dg14(struct lw_strbuf *out, EVP_PKEY *key)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    put_info(&b, (struct lw_span){ca_ecdh_aes128, sizeof(ca_ecdh_aes128)}, 1, 1);
    put_public_key_info(&b, key);
    wrap(&b, 0x31);
    put_element(out, 0x6e, &b);
}
