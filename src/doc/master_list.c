#include "doc/master_list.h"

#include <stdlib.h>
#include <string.h>

#define OID_MASTER_LIST "2.23.136.1.1.2"

struct lw_master_list {
    struct lw_cms *cms;
    struct lw_span *certs; /* into cms */
    size_t n;
};

/* SEQUENCE { OBJECT IDENTIFIER: a certificate or a revocation list begins with two SEQUENCEs. */
bool lw_master_list_sniff(struct lw_span der)
{
    uint32_t tag;
    size_t header, length;
    if (der.n >= 2 && der.data[0] == 0x30 && der.data[1] == 0x80)
        return der.n > 2 && der.data[2] == 0x06;
    return lw_tlv_header(der, &tag, &header, &length) == LW_OK && tag == 0x30 && header < der.n &&
           der.data[header] == 0x06;
}

static int take(struct lw_master_list *list, struct lw_span der, struct lw_why *why)
{
    if (list->n == LW_TRUST_CERTS_MAX)
        return lw_why_set(why, LW_ELIMIT, -1, "master list: more than %d certificates",
                          LW_TRUST_CERTS_MAX);
    if ((list->n & (list->n - 1)) == 0) {
        struct lw_span *more =
            realloc(list->certs, (list->n ? 2 * list->n : 1) * sizeof(*list->certs));
        if (!more)
            return lw_why_set(why, LW_ENOMEM, -1, "no memory");
        list->certs = more;
    }
    list->certs[list->n++] = der;
    return LW_OK;
}

/* CscaMasterList: version 0 and a SET OF Certificate. */
static int read_list(struct lw_master_list *list, struct lw_why *why)
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader outer, r, set;
    struct lw_tlv t;
    uint64_t version = 1;
    limits.max_bytes = LW_TRUST_FILE_BYTES_MAX;
    int e = lw_tlv_open(&outer, list->cms->content, &limits, why);
    if (e < 0 || (e = lw_tlv_expect(&outer, 0x30, &t, why)) < 0 ||
        (e = lw_tlv_enter(&outer, &t, &r, why)) < 0 || (e = lw_tlv_expect(&r, 0x02, &t, why)) < 0 ||
        (e = lw_tlv_uint(&t, &version, why)) < 0)
        return e;
    if (version != 0)
        return lw_why_set(why, LW_EUNSUP, (int64_t)t.at, "master list: a version above 0");
    if ((e = lw_tlv_expect(&r, 0x31, &t, why)) < 0 || (e = lw_tlv_enter(&r, &t, &set, why)) < 0)
        return e;
    while ((e = lw_tlv_next(&set, &t, why)) == 1)
        if ((e = take(list, t.whole, why)) < 0)
            return e;
    return e;
}

/* Did the certificate that der holds sign c, and may it? */
static bool certifies(struct lw_span der, const struct lw_cert *c)
{
    LW_AUTO(lw_cert) authority = NULL;
    return lw_cert_may_be_issuer(der, c) && lw_cert_parse(&authority, der, NULL) == LW_OK &&
           lw_cert_info(authority)->ca && lw_cert_info(authority)->signs_certs &&
           lw_cert_names_issuer(c, authority) && lw_cert_signed_by(c, authority);
}

static bool certified(const struct lw_master_list *list, const struct lw_trust *trust,
                      const struct lw_cert *signer)
{
    LW_AUTO(lw_cert) authority = NULL;
    bool named;
    for (size_t i = 0; i < list->cms->n_certs; i++)
        if (certifies(list->cms->certs[i], signer))
            return true;
    for (size_t i = 0; i < list->n; i++)
        if (certifies(list->certs[i], signer))
            return true;
    return trust && lw_trust_issuer(trust, signer, &authority, &named) == LW_OK;
}

static int find_signer(struct lw_cert **out, const struct lw_cms *cms,
                       const struct lw_cms_signer *s, struct lw_why *why)
{
    for (size_t i = 0; i < cms->n_certs; i++) {
        LW_AUTO(lw_cert) c = NULL;
        bool exact;
        int r = lw_cert_parse(&c, cms->certs[i], why);
        if (r == LW_ENOMEM)
            return r;
        if (r == LW_OK && lw_cms_names(s, c, &exact)) {
            *out = c;
            c = NULL;
            return LW_OK;
        }
    }
    return lw_why_set(why, LW_EFORMAT, -1, "master list: the signer's certificate is not in it");
}

static int check_signer(const struct lw_master_list *list, const struct lw_trust *trust,
                        const struct lw_cms_signer *s, struct lw_why *why)
{
    LW_AUTO(lw_cert) signer = NULL;
    enum lw_cms_result result;
    int r = find_signer(&signer, list->cms, s, why);
    if (r < 0 || (r = lw_cms_check(&result, list->cms, s, signer, why)) < 0)
        return r;
    if (result != LW_CMS_GOOD)
        return lw_why_set(why, LW_EFORMAT, -1, "master list: %s", lw_cms_result_text(result));
    if (!lw_cert_info(signer)->signs_master_lists)
        return lw_why_set(why, LW_EFORMAT, -1,
                          "master list: its signer's certificate is not for master lists");
    if (!certified(list, trust, signer))
        return lw_why_set(why, LW_EFORMAT, -1,
                          "master list: no authority in it or trusted certified its signer");
    return LW_OK;
}

static int open_list(struct lw_master_list *list, struct lw_span der, const struct lw_trust *trust,
                     struct lw_why *why)
{
    int r = lw_cms_parse(&list->cms, der, 0, why);
    if (r < 0)
        return r;
    if (strcmp(list->cms->content_type, OID_MASTER_LIST) != 0)
        return lw_why_set(why, LW_EFORMAT, -1, "signed data of type %s is no master list",
                          list->cms->content_type);
    if ((r = read_list(list, why)) < 0)
        return r;
    if (list->cms->n_signers == 0)
        return lw_why_set(why, LW_EFORMAT, -1, "master list: nobody signed it");
    for (size_t i = 0; r == LW_OK && i < list->cms->n_signers; i++)
        r = check_signer(list, trust, &list->cms->signers[i], why);
    return r;
}

int lw_master_list_open(struct lw_master_list **out, struct lw_span der,
                        const struct lw_trust *trust, struct lw_why *why)
{
    struct lw_master_list *list = calloc(1, sizeof(*list));
    if (!list)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = open_list(list, der, trust, why);
    if (r < 0) {
        lw_master_list_free(&list);
        return r;
    }
    *out = list;
    return LW_OK;
}

void lw_master_list_free(struct lw_master_list **list)
{
    if (!*list)
        return;
    lw_cms_free(&(*list)->cms);
    free((*list)->certs);
    free(*list);
    *list = NULL;
}

size_t lw_master_list_count(const struct lw_master_list *list)
{
    return list->n;
}

struct lw_span lw_master_list_cert(const struct lw_master_list *list, size_t i)
{
    return list->certs[i];
}
