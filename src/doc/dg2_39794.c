/* ISO/IEC 39794-5:2019 face records in the profile that ICAO makes of them: ASN.1 in DER with
 * implicit tags. Of the tree, what leads to the pictures:
 *
 *   [APPLICATION 5] FaceImageDataBlock         (often inside one more [1])
 *     [0] versionBlock
 *     [1] representationBlocks
 *       SEQUENCE                               one for each picture
 *         [1] imageRepresentation
 *           [0] base
 *             [0] imageRepresentation2DBlock
 *               [0] representationData2D       the picture
 *               [1] imageInformation2DBlock
 *                 [7] imageSizeBlock: [0] width, [1] height
 */
#include "doc/dg2_record.h"

/* Enter the next element of r that has this tag; elements before it are passed over. */
static int descend(struct lw_tlv_reader *r, uint32_t tag, struct lw_tlv_reader *inside,
                   struct lw_why *why)
{
    struct lw_tlv t;
    const size_t at = r->base + r->c.pos;
    int e = lw_tlv_find(r, tag, &t, why);
    if (e < 0)
        return e;
    if (e == 0)
        return lw_why_set(why, LW_EFORMAT, (int64_t)at,
                          "byte %zu: no element 0x%x, which leads to the picture", at,
                          (unsigned)tag);
    return lw_tlv_enter(r, &t, inside, why);
}

/* What is said of the size has no weight; trouble in it is not worth a word. */
static void read_size(const struct lw_tlv_reader *outer, const struct lw_tlv *information,
                      struct lw_face_picture *p)
{
    struct lw_tlv_reader r, size;
    struct lw_tlv t;
    uint64_t width, height;
    if (lw_tlv_enter(outer, information, &r, NULL) < 0 || descend(&r, 0xa7, &size, NULL) < 0 ||
        lw_tlv_expect(&size, 0x80, &t, NULL) < 0 || lw_tlv_uint(&t, &width, NULL) < 0 ||
        lw_tlv_expect(&size, 0x81, &t, NULL) < 0 || lw_tlv_uint(&t, &height, NULL) < 0 ||
        width > UINT16_MAX || height > UINT16_MAX)
        return;
    p->said_width = (int)width;
    p->said_height = (int)height;
}

static int read_representation(struct lw_dg2 *out, struct lw_tlv_reader *r, struct lw_why *why)
{
    struct lw_tlv_reader image, base, block;
    struct lw_tlv data, information;
    struct lw_face_picture p = {.format = LW_FACE_39794};
    int e = descend(r, 0xa1, &image, why);
    if (e < 0 || (e = descend(&image, 0xa0, &base, why)) < 0 ||
        (e = descend(&base, 0xa0, &block, why)) < 0 ||
        (e = lw_tlv_expect(&block, 0x80, &data, why)) < 0 ||
        (e = lw_tlv_accept(&block, 0xa1, &information, why)) < 0)
        return e;
    if (e == 1)
        read_size(&block, &information, &p);
    p.bytes = data.value;
    p.at = data.at + data.header;
    lw_dg2_add(out, &p);
    return LW_OK;
}

static int read_all(struct lw_dg2 *out, struct lw_tlv_reader *blocks, struct lw_why *why)
{
    struct lw_tlv_reader r;
    struct lw_tlv t;
    int e;
    while ((e = lw_tlv_next(blocks, &t, why)) == 1) {
        if ((e = lw_tlv_enter(blocks, &t, &r, why)) == LW_OK)
            e = read_representation(out, &r, why);
        if (e < 0 && out->n == 0)
            return e;
        out->left_out += e < 0;
    }
    return out->n > 0 ? LW_OK : e;
}

int lw_39794_parse(struct lw_dg2 *out, struct lw_span block, size_t at, struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r, inner, blocks;
    struct lw_tlv t;
    int e = lw_tlv_open(&r, block, &limits, why);
    if (e < 0)
        return e;
    r.base = at;
    if ((e = lw_tlv_accept(&r, 0xa1, &t, why)) < 0)
        return e;
    if (e == 1) {
        if ((e = lw_tlv_enter(&r, &t, &inner, why)) < 0)
            return e;
        r = inner;
    }
    if ((e = descend(&r, 0x65, &inner, why)) < 0 || (e = descend(&inner, 0xa1, &blocks, why)) < 0)
        return e;
    return read_all(out, &blocks, why);
}
