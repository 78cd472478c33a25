#include "doc/dg2.h"

#include <string.h>

#include "doc/dg2_record.h"

const char *lw_face_format_name(enum lw_face_format f)
{
    static const char *const names[] = {"ISO/IEC 19794-5:2005", "ISO/IEC 19794-5:2011",
                                        "ISO/IEC 39794-5:2019"};
    return names[f];
}

void lw_dg2_add(struct lw_dg2 *out, const struct lw_face_picture *p)
{
    const enum lw_image_kind kind = lw_image_sniff(p->bytes);
    const bool wanted = kind == LW_KIND_JPEG || kind == LW_KIND_JP2 || kind == LW_KIND_J2K;
    if (!wanted || out->n == LW_DG2_PICTURES_MAX) {
        out->left_out++;
        return;
    }
    out->pictures[out->n] = *p;
    out->pictures[out->n++].kind = kind;
}

int lw_face_block_parse(struct lw_dg2 *out, struct lw_span block, size_t at, struct lw_why *why)
{
    if (block.n >= 4 && memcmp(block.data, "FAC", 4) == 0)
        return lw_19794_parse(out, block, at, why);
    return lw_39794_parse(out, block, at, why);
}

/* Biometric information template 7F60: a header (A1), which says nothing that is needed, and the
 * data block, primitive for 19794-5 and constructed for 39794-5. */
static int read_template(struct lw_dg2 *out, const struct lw_tlv_reader *outer,
                         const struct lw_tlv *bit, struct lw_why *why)
{
    struct lw_tlv_reader r;
    struct lw_tlv t;
    int e = lw_tlv_enter(outer, bit, &r, why);
    if (e < 0)
        return e;
    while ((e = lw_tlv_next(&r, &t, why)) == 1)
        if (t.tag == 0x5f2e || t.tag == 0x7f2e)
            return lw_face_block_parse(out, t.value, t.at + t.header, why);
    return e < 0 ? e
                 : lw_why_set(why, LW_EFORMAT, (int64_t)bit->at,
                              "byte %zu: a biometric template without data block", bit->at);
}

/* A template that cannot be read does not hide the pictures before it. */
static int read_group(struct lw_dg2 *out, struct lw_tlv_reader *r, struct lw_why *why)
{
    struct lw_tlv t;
    int e;
    while ((e = lw_tlv_find(r, 0x7f60, &t, why)) == 1) {
        e = read_template(out, r, &t, why);
        if (e < 0 && out->n == 0)
            return e;
        out->left_out += e < 0;
    }
    return out->n > 0 ? LW_OK : e;
}

int lw_dg2_parse(struct lw_dg2 *out, struct lw_span file, struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r, group;
    struct lw_tlv t;
    struct lw_dg2 dg = {.n = 0};
    int e = lw_lds_open(&r, &limits, 0x75, file, why);
    if (e < 0 || (e = lw_tlv_expect(&r, 0x7f61, &t, why)) < 0 ||
        (e = lw_tlv_enter(&r, &t, &group, why)) < 0 || (e = read_group(&dg, &group, why)) < 0)
        return e;
    if (dg.n == 0)
        return lw_why_set(why, LW_EFORMAT, (int64_t)t.at, "byte %zu: no JPEG or JPEG 2000 picture",
                          t.at);
    *out = dg;
    return LW_OK;
}
