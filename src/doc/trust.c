#include "doc/trust.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/file.h"
#include "doc/armour.h"
#include "doc/master_list.h"

struct authority {
    struct lw_span der; /* ours */
    char *source;
};

struct lw_trust {
    struct authority *authorities;
    size_t n_authorities, cap_authorities;
    struct lw_span *signers; /* DER, ours */
    size_t n_signers, cap_signers;
    struct lw_crl **crls;
    size_t n_crls, cap_crls;
};

int lw_trust_new(struct lw_trust **out)
{
    struct lw_trust *t = calloc(1, sizeof(*t));
    if (!t)
        return LW_ENOMEM;
    *out = t;
    return LW_OK;
}

static void free_bytes(struct lw_span *s)
{
    void *p;
    memcpy(&p, &s->data, sizeof(p)); /* ours, and not written any more */
    free(p);
}

void lw_trust_free(struct lw_trust **t)
{
    if (!*t)
        return;
    for (size_t i = 0; i < (*t)->n_authorities; i++) {
        free_bytes(&(*t)->authorities[i].der);
        free((*t)->authorities[i].source);
    }
    for (size_t i = 0; i < (*t)->n_signers; i++)
        free_bytes(&(*t)->signers[i]);
    for (size_t i = 0; i < (*t)->n_crls; i++)
        lw_crl_free(&(*t)->crls[i]);
    free((*t)->authorities);
    free((*t)->signers);
    free((*t)->crls);
    free(*t);
    *t = NULL;
}

static int no_memory(struct lw_why *why)
{
    return lw_why_set(why, LW_ENOMEM, -1, "no memory");
}

/* Room for one more of size bytes in *array. */
static int grow(void *array, size_t n, size_t *cap, size_t size, size_t max, struct lw_why *why)
{
    void *old, *new;
    if (n < *cap)
        return LW_OK;
    if (n >= max)
        return lw_why_set(why, LW_ELIMIT, -1, "more than %zu certificates", max);
    const size_t more = *cap ? 2 * *cap : 64;
    memcpy(&old, array, sizeof(old));
    new = realloc(old, more * size);
    if (!new)
        return no_memory(why);
    memcpy(array, &new, sizeof(new));
    *cap = more;
    return LW_OK;
}

static bool same_bytes(struct lw_span a, struct lw_span b)
{
    return a.n == b.n && memcmp(a.data, b.data, a.n) == 0;
}

static int copy_bytes(struct lw_span *out, struct lw_span bytes, struct lw_why *why)
{
    uint8_t *copy = malloc(bytes.n + 1);
    if (!copy)
        return no_memory(why);
    memcpy(copy, bytes.data, bytes.n);
    *out = (struct lw_span){copy, bytes.n};
    return LW_OK;
}

static bool has_authority(const struct lw_trust *t, struct lw_span der)
{
    for (size_t i = 0; i < t->n_authorities; i++)
        if (same_bytes(t->authorities[i].der, der))
            return true;
    return false;
}

static int add_authority(struct lw_trust *t, struct lw_span der, const char *source,
                         struct lw_trust_sum *sum, struct lw_why *why)
{
    struct authority a = {.source = NULL};
    if (has_authority(t, der)) {
        sum->again++;
        return LW_OK;
    }
    int r = grow(&t->authorities, t->n_authorities, &t->cap_authorities, sizeof(*t->authorities),
                 LW_TRUST_CERTS_MAX, why);
    if (r < 0 || (r = copy_bytes(&a.der, der, why)) < 0)
        return r;
    a.source = strdup(source);
    if (!a.source) {
        free_bytes(&a.der);
        return no_memory(why);
    }
    t->authorities[t->n_authorities++] = a;
    sum->authorities++;
    return LW_OK;
}

static int add_signer(struct lw_trust *t, struct lw_span der, struct lw_trust_sum *sum,
                      struct lw_why *why)
{
    struct lw_span copy;
    int r = grow(&t->signers, t->n_signers, &t->cap_signers, sizeof(*t->signers),
                 LW_TRUST_SIGNERS_MAX, why);
    if (r < 0 || (r = copy_bytes(&copy, der, why)) < 0)
        return r;
    t->signers[t->n_signers++] = copy;
    sum->signers++;
    return LW_OK;
}

/* A certificate that stands for itself: of an authority, or of a document signer. */
static int add_cert(struct lw_trust *t, struct lw_span der, const char *source,
                    struct lw_trust_sum *sum, struct lw_why *why)
{
    LW_AUTO(lw_cert) c = NULL;
    int r = lw_cert_parse(&c, der, why);
    if (r < 0)
        return r;
    return lw_cert_info(c)->ca ? add_authority(t, der, source, sum, why)
                               : add_signer(t, der, sum, why);
}

static int add_crl(struct lw_trust *t, struct lw_span der, struct lw_trust_sum *sum,
                   struct lw_why *why)
{
    LW_AUTO(lw_crl) crl = NULL;
    int r = lw_crl_parse(&crl, der, why);
    if (r < 0)
        return r;
    for (size_t i = 0; i < t->n_crls; i++)
        if (same_bytes(lw_crl_der(t->crls[i]), der)) {
            sum->again++;
            return LW_OK;
        }
    if ((r = grow(&t->crls, t->n_crls, &t->cap_crls, sizeof(struct lw_crl *), LW_TRUST_CERTS_MAX,
                  why)) < 0)
        return r;
    t->crls[t->n_crls++] = crl;
    crl = NULL;
    sum->crls++;
    return LW_OK;
}

/* Only a lack of memory or room stops a file; an entry that cannot be used is left out. */
static bool stops(int r)
{
    return r == LW_ENOMEM || r == LW_ELIMIT;
}

static int add_list(struct lw_trust *t, struct lw_span der, const char *source,
                    struct lw_trust_sum *sum, struct lw_why *why)
{
    LW_AUTO(lw_master_list) list = NULL;
    int r = lw_master_list_open(&list, der, t, why);
    for (size_t i = 0; r == LW_OK && i < lw_master_list_count(list); i++)
        r = add_authority(t, lw_master_list_cert(list, i), source, sum, why);
    sum->lists += r == LW_OK;
    return r;
}

static int add_der(struct lw_trust *t, struct lw_span der, const char *source,
                   struct lw_trust_sum *sum, struct lw_why *why)
{
    if (lw_master_list_sniff(der))
        return add_list(t, der, source, sum, why);
    int r = add_cert(t, der, source, sum, why);
    if (r == LW_EFORMAT && add_crl(t, der, sum, NULL) == LW_OK)
        return LW_OK;
    return r;
}

/* PEM and LDIF: many objects, most of them of no use to us in an LDIF. */
static int add_armoured(struct lw_trust *t, enum lw_armour kind, struct lw_span text,
                        const char *source, struct lw_trust_sum *sum, struct lw_why *why)
{
    LW_AUTO_STRBUF object = LW_STRBUF_INIT;
    char label[LW_ARMOUR_LABEL];
    size_t pos = 0;
    int r;
    while ((r = lw_armour_next(kind, text, &pos, label, &object, why)) == 1) {
        const int e = strcmp(label, "usercertificate") == 0 /* tens of thousands in a directory */
                          ? add_signer(t, lw_strbuf_span(&object), sum, why)
                          : add_der(t, lw_strbuf_span(&object), source, sum, why);
        sum->left_out += e < 0;
        if (stops(e) || (e < 0 && lw_master_list_sniff(lw_strbuf_span(&object))))
            return e;
    }
    return r;
}

int lw_trust_add(struct lw_trust *t, struct lw_span bytes, const char *source,
                 struct lw_trust_sum *sum, struct lw_why *why)
{
    const enum lw_armour kind = lw_armour_sniff(bytes);
    const struct lw_trust_sum before = *sum;
    if (kind == LW_ARMOUR_NONE)
        return add_der(t, bytes, source, sum, why);
    int r = add_armoured(t, kind, bytes, source, sum, why);
    const size_t got = sum->authorities + sum->signers + sum->crls + sum->again -
                       before.authorities - before.signers - before.crls - before.again;
    if (r == LW_OK && got == 0)
        return lw_why_set(why, LW_EFORMAT, -1, "no certificate that can be used");
    return r;
}

static int load_file(struct lw_trust *t, const char *path, const char *name,
                     struct lw_trust_sum *sum, bool lists, struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) data = NULL;
    size_t n = 0;
    int r = lw_file_read(path, LW_TRUST_FILE_BYTES_MAX, &data, &n, why);
    const struct lw_span bytes = {data, n};
    if (r == LW_OK && lw_master_list_sniff(bytes) == lists)
        r = lw_trust_add(t, bytes, name, sum, why);
    return r;
}

/* Two rounds: certificates, then the lists that lean on them. */
static int load_folder(struct lw_trust *t, const char *dir, struct lw_trust_sum *sum,
                       struct lw_why *why)
{
    enum { FILES_MAX = 20000 };
    struct lw_names names = {0};
    int r = lw_names_list(&names, dir, FILES_MAX, why);
    for (size_t i = 0; r == LW_OK && i < 2 * names.n; i++) {
        LW_AUTO_MEM(char) path = NULL;
        const char *name = names.v[i % names.n];
        const bool lists = i >= names.n;
        struct stat st;
        if ((r = lw_path_join(dir, name, &path, why)) < 0)
            break;
        if (stat(path, &st) != 0 || !S_ISREG(st.st_mode))
            continue;
        r = load_file(t, path, name, sum, lists, why);
        if (r < 0 && !lists && !stops(r)) {
            sum->left_out++;
            r = LW_OK;
        } else if (r < 0) {
            lw_why_prefix(why, "%s", name);
        }
    }
    lw_names_clear(&names);
    return r;
}

int lw_trust_load(struct lw_trust *t, const char *path, struct lw_trust_sum *sum,
                  struct lw_why *why)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return lw_why_set(why, LW_ENOTFOUND, -1, "no such file or folder");
    if (S_ISDIR(st.st_mode))
        return load_folder(t, path, sum, why);
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    int r = load_file(t, path, name, sum, false, why);
    return r < 0 ? r : load_file(t, path, name, sum, true, why);
}

size_t lw_trust_count(const struct lw_trust *t)
{
    return t->n_authorities;
}

struct lw_trusted lw_trust_peek(const struct lw_trust *t, size_t i)
{
    return (struct lw_trusted){t->authorities[i].der, t->authorities[i].source};
}

size_t lw_trust_signer_count(const struct lw_trust *t)
{
    return t->n_signers;
}

struct lw_span lw_trust_signer_der(const struct lw_trust *t, size_t i)
{
    return t->signers[i];
}

size_t lw_trust_crl_count(const struct lw_trust *t)
{
    return t->n_crls;
}

const struct lw_crl *lw_trust_crl(const struct lw_trust *t, size_t i)
{
    return t->crls[i];
}

int lw_trust_signer(const struct lw_trust *t, bool (*matches)(const struct lw_cert *, void *),
                    void *ctx, struct lw_cert **out)
{
    for (size_t i = 0; i < t->n_signers; i++) {
        LW_AUTO(lw_cert) c = NULL;
        int r = lw_cert_parse(&c, t->signers[i], NULL);
        if (r == LW_ENOMEM)
            return r;
        if (r == LW_OK && matches(c, ctx)) {
            *out = c;
            c = NULL;
            return LW_OK;
        }
    }
    return LW_ENOTFOUND;
}
