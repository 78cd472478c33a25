#include "check.h"

#include "base/clock.h"
#include "base/file.h"
#include "doc/armour.h"
#include "doc/master_list.h"
#include "doc/trust.h"
#include "passport.h"

/* An authority with a key of its own. */
struct ca {
    EVP_PKEY *key;
    X509 *cert;
    struct lw_strbuf der;
};

static const struct mkp_scheme sha256 = {.hash = LW_HASH_SHA256};
enum { DAY = 86400 };

static int64_t days(int n)
{
    return lw_now_utc_us() + (int64_t)n * DAY * 1000000;
}

static struct mkp_cert_opts opts_of(const char *name, const char *country, long serial, bool ca)
{
    return (struct mkp_cert_opts){.common_name = name,
                                  .country = country,
                                  .not_before_utc_us = days(-100),
                                  .not_after_utc_us = days(100),
                                  .serial = serial,
                                  .ca = ca};
}

/* issuer NULL: self-signed. */
static struct ca make_ca(const char *name, const char *country, long serial,
                         const struct ca *issuer)
{
    const struct mkp_cert_opts o = opts_of(name, country, serial, true);
    struct ca ca = {.key = mkp_key("prime256v1")};
    ca.cert =
        mkp_cert(&o, ca.key, issuer ? issuer->cert : NULL, issuer ? issuer->key : ca.key, &sha256);
    assert_non_null(ca.cert);
    CHECK(mkp_cert_der(&ca.der, ca.cert) == LW_OK);
    return ca;
}

static void free_ca(struct ca *ca)
{
    EVP_PKEY_free(ca->key);
    X509_free(ca->cert);
    lw_strbuf_clear(&ca->der);
}

static struct lw_cert *make_signer(const char *country, const struct ca *issuer)
{
    const struct mkp_cert_opts o = opts_of("DS", country, 7, false);
    EVP_PKEY *key = mkp_key("prime256v1");
    X509 *x = mkp_cert(&o, key, issuer->cert, issuer->key, &sha256);
    LW_AUTO_STRBUF der = LW_STRBUF_INIT;
    struct lw_cert *c = NULL;
    CHECK(mkp_cert_der(&der, x) == LW_OK);
    CHECK(lw_cert_parse(&c, lw_strbuf_span(&der), NULL) == LW_OK);
    X509_free(x);
    EVP_PKEY_free(key);
    return c;
}

static bool issued(const struct lw_trust *t, const struct lw_cert *c, bool *named)
{
    LW_AUTO(lw_cert) authority = NULL;
    return lw_trust_issuer(t, c, &authority, named) == LW_OK;
}

static struct lw_trust *trust_in(const struct ca *ca)
{
    struct lw_trust *t = NULL;
    struct lw_trust_sum sum = {0};
    CHECK(lw_trust_new(&t) == LW_OK);
    CHECK(lw_trust_add(t, lw_strbuf_span(&ca->der), "ca.cer", &sum, NULL) == LW_OK);
    return t;
}

static void the_issuer_is_found_by_name_and_key(void **state)
{
    LW_UNUSED(state);
    struct ca ca = make_ca("CSCA", "UT", 1, NULL), other = make_ca("CSCA", "UT", 1, NULL);
    struct lw_cert *c = make_signer("UT", &ca);
    struct lw_trust *t = trust_in(&other);
    struct lw_trust_sum sum = {0};
    bool named = true;
    CHECK(!issued(t, c, &named) && !named); /* the same name, another key identifier */
    CHECK(lw_trust_add(t, lw_strbuf_span(&ca.der), "ca.cer", &sum, NULL) == LW_OK);
    CHECK(lw_trust_add(t, lw_strbuf_span(&ca.der), "ca.cer", &sum, NULL) == LW_OK);
    CHECK(sum.authorities == 1 && sum.again == 1 && lw_trust_count(t) == 2);
    CHECK(issued(t, c, &named) && named);
    lw_cert_free(&c);
    lw_trust_free(&t);
    free_ca(&ca);
    free_ca(&other);
}

/* The state changes its key: the old key certifies the new one. */
static void a_link_certificate_is_checked_where_the_older_key_is_here(void **state)
{
    LW_UNUSED(state);
    struct ca old = make_ca("CSCA", "UT", 1, NULL), link = make_ca("CSCA", "UT", 2, &old);
    struct ca liar = make_ca("CSCA", "UT", 1, NULL);
    struct lw_cert *c = make_signer("UT", &link);
    struct lw_cert *parsed = NULL;
    struct lw_trust *t = trust_in(&link);
    struct lw_trust_sum sum = {0};
    bool named;
    CHECK(lw_cert_parse(&parsed, lw_strbuf_span(&link.der), NULL) == LW_OK);
    CHECK(issued(t, c, &named) && !lw_trust_problem(t, parsed)); /* alone: believed */
    CHECK(lw_trust_add(t, lw_strbuf_span(&old.der), "old.cer", &sum, NULL) == LW_OK);
    CHECK(issued(t, c, &named) && !lw_trust_problem(t, parsed));
    /* One byte of its signature: the older key is here and says no. */
    lw_trust_free(&t);
    link.der.s[link.der.n - 1] ^= 1;
    t = trust_in(&link);
    CHECK(lw_trust_add(t, lw_strbuf_span(&old.der), "old.cer", &sum, NULL) == LW_OK);
    CHECK(!issued(t, c, &named) && named);
    lw_cert_free(&parsed);
    lw_cert_free(&c);
    lw_trust_free(&t);
    free_ca(&old);
    free_ca(&link);
    free_ca(&liar);
}

static void a_changed_root_vouches_for_nobody(void **state)
{
    LW_UNUSED(state);
    struct ca ca = make_ca("CSCA", "UT", 1, NULL);
    struct lw_cert *c = make_signer("UT", &ca);
    bool named;
    ca.der.s[ca.der.n - 1] ^= 1;
    struct lw_trust *t = trust_in(&ca);
    CHECK(!issued(t, c, &named) && named);
    lw_cert_free(&c);
    lw_trust_free(&t);
    free_ca(&ca);
}

/* Three authorities, signed for by a master list signer of the first. */
struct list {
    struct ca ca[3];
    EVP_PKEY *key;
    X509 *signer;
};

static struct list make_list(bool for_master_lists)
{
    struct list l = {.key = mkp_key("prime256v1")};
    struct mkp_cert_opts o = opts_of("MLS", "UT", 9, false);
    o.master_list_signer = for_master_lists;
    for (int i = 0; i < 3; i++)
        l.ca[i] = make_ca("CSCA", i == 0 ? "UT" : i == 1 ? "XA" : "XB", 1, NULL);
    l.signer = mkp_cert(&o, l.key, l.ca[0].cert, l.ca[0].key, &sha256);
    return l;
}

static void free_list(struct list *l)
{
    for (int i = 0; i < 3; i++)
        free_ca(&l->ca[i]);
    X509_free(l->signer);
    EVP_PKEY_free(l->key);
}

static int open_list(const struct list *l, size_t n, bool wrong_signature, const struct lw_trust *t,
                     struct lw_why *why)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    LW_AUTO(lw_master_list) list = NULL;
    X509 *const certs[] = {l->ca[1].cert, l->ca[2].cert, l->ca[0].cert};
    CHECK(mkp_master_list(&b, certs, n, l->signer, l->key, NULL, wrong_signature) == LW_OK);
    CHECK(lw_master_list_sniff(lw_strbuf_span(&b)));
    int r = lw_master_list_open(&list, lw_strbuf_span(&b), t, why);
    CHECK(r < 0 || lw_master_list_count(list) == n);
    return r;
}

static void a_master_list_is_believed_when_its_signer_is(void **state)
{
    LW_UNUSED(state);
    struct list l = make_list(true), wrong = make_list(false);
    struct lw_trust *t = trust_in(&l.ca[0]);
    struct lw_why why;
    CHECK(open_list(&l, 3, false, NULL, &why) == LW_OK); /* its authority is in it */
    CHECK(open_list(&l, 2, false, NULL, &why) == LW_EFORMAT);
    CHECK(strstr(why.text, "no authority") != NULL);
    CHECK(open_list(&l, 2, false, t, &why) == LW_OK); /* or trusted already */
    CHECK(open_list(&l, 3, true, t, &why) == LW_EFORMAT);
    CHECK(strstr(why.text, "signature") != NULL);
    CHECK(open_list(&wrong, 3, false, NULL, &why) == LW_EFORMAT);
    CHECK(strstr(why.text, "not for master lists") != NULL);
    lw_trust_free(&t);
    free_list(&l);
    free_list(&wrong);
}

static void put_ldif(struct lw_strbuf *out, const char *attribute, struct lw_span bytes)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    lw_strbuf_put_base64(&b, bytes);
    lw_strbuf_printf(out, "dn: cn=x,c=UT\r\nobjectClass: top\r\n%s:: ", attribute);
    for (size_t i = 0; i < b.n; i++) {
        if (i % 70 == 60)
            lw_strbuf_puts(out, "\r\n ");
        lw_strbuf_putc(out, b.s[i]);
    }
    lw_strbuf_puts(out, "\r\n\r\n");
}

static void put_pem(struct lw_strbuf *out, const char *label, struct lw_span bytes)
{
    lw_strbuf_printf(out, "Some words\n-----BEGIN %s-----\n", label);
    lw_strbuf_put_base64(out, bytes);
    lw_strbuf_printf(out, "\n-----END %s-----\n", label);
}

static void pem_and_ldif_give_what_is_in_them(void **state)
{
    LW_UNUSED(state);
    struct list l = make_list(true);
    LW_AUTO_STRBUF list = LW_STRBUF_INIT;
    LW_AUTO_STRBUF crl = LW_STRBUF_INIT;
    LW_AUTO_STRBUF ldif = LW_STRBUF_INIT;
    LW_AUTO_STRBUF pem = LW_STRBUF_INIT;
    LW_AUTO_STRBUF signer = LW_STRBUF_INIT;
    X509 *const certs[] = {l.ca[0].cert, l.ca[1].cert};
    struct lw_trust *t = NULL;
    struct lw_trust_sum sum = {0};
    CHECK(mkp_master_list(&list, certs, 2, l.signer, l.key, l.ca[0].cert, false) == LW_OK);
    CHECK(mkp_crl_der(&crl, l.ca[0].cert, l.ca[0].key, 5, days(-1), days(30)) == LW_OK);
    CHECK(mkp_cert_der(&signer, l.signer) == LW_OK);
    lw_strbuf_puts(&ldif, "version: 1\r\n\r\n");
    put_ldif(&ldif, "userCertificate;binary", lw_strbuf_span(&signer));
    put_ldif(&ldif, "certificateRevocationList;binary", lw_strbuf_span(&crl));
    put_ldif(&ldif, "pkdMasterListContent", lw_strbuf_span(&list));
    CHECK(lw_trust_new(&t) == LW_OK);
    CHECK(lw_trust_add(t, lw_strbuf_span(&ldif), "pkd.ldif", &sum, NULL) == LW_OK);
    CHECK(sum.authorities == 2 && sum.signers == 1 && sum.crls == 1 && sum.lists == 1);
    put_pem(&pem, "CERTIFICATE", lw_strbuf_span(&l.ca[2].der));
    put_pem(&pem, "X509 CRL", lw_strbuf_span(&crl));
    CHECK(lw_trust_add(t, lw_strbuf_span(&pem), "more.pem", &sum, NULL) == LW_OK);
    CHECK(sum.authorities == 3 && sum.again == 1 && sum.left_out == 0);
    lw_trust_free(&t);
    free_list(&l);
}

static void broken_texts_say_where(void **state)
{
    LW_UNUSED(state);
    struct lw_trust *t = NULL;
    struct lw_trust_sum sum = {0};
    struct lw_why why;
    static const char *const bad[] = {
        "-----BEGIN CERTIFICATE-----\nAAAA*\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "dn: cn=x\nuserCertificate;binary:: A===A\n",
        "dn: cn=x\ncACertificate;binary:: AAA\n",
        "nothing of the kind",
        "",
    };
    CHECK(lw_trust_new(&t) == LW_OK);
    for (size_t i = 0; i < LW_COUNT(bad); i++) {
        why.text[0] = '\0';
        const struct lw_span text = {(const uint8_t *)bad[i], strlen(bad[i])};
        CHECK(lw_trust_add(t, text, "bad", &sum, &why) < 0 && why.text[0]);
    }
    CHECK(lw_trust_count(t) == 0);
    lw_trust_free(&t);
}

static void revocation_lists_count_when_their_issuer_signed_them(void **state)
{
    LW_UNUSED(state);
    struct ca ca = make_ca("CSCA", "UT", 1, NULL), other = make_ca("CSCA", "UT", 1, NULL);
    struct lw_cert *c = make_signer("UT", &ca), *issuer = NULL;
    LW_AUTO_STRBUF forged = LW_STRBUF_INIT;
    LW_AUTO_STRBUF right = LW_STRBUF_INIT;
    struct lw_trust *t = trust_in(&ca);
    struct lw_trust_sum sum = {0};
    bool stale;
    CHECK(lw_cert_parse(&issuer, lw_strbuf_span(&ca.der), NULL) == LW_OK);
    CHECK(mkp_crl_der(&forged, other.cert, other.key, 7, days(-1), days(1)) == LW_OK);
    CHECK(lw_trust_add(t, lw_strbuf_span(&forged), "f.crl", &sum, NULL) == LW_OK);
    CHECK(lw_trust_revocation(t, c, issuer, days(0), &stale) == LW_REVOCATION_UNKNOWN);
    CHECK(mkp_crl_der(&right, ca.cert, ca.key, 7, days(-9), days(-1)) == LW_OK);
    CHECK(lw_trust_add(t, lw_strbuf_span(&right), "r.crl", &sum, NULL) == LW_OK);
    CHECK(lw_trust_revocation(t, c, issuer, days(0), &stale) == LW_REVOCATION_REVOKED);
    lw_cert_free(&c);
    lw_cert_free(&issuer);
    lw_trust_free(&t);
    free_ca(&ca);
    free_ca(&other);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_issuer_is_found_by_name_and_key),
    cmocka_unit_test(a_link_certificate_is_checked_where_the_older_key_is_here),
    cmocka_unit_test(a_changed_root_vouches_for_nobody),
    cmocka_unit_test(a_master_list_is_believed_when_its_signer_is),
    cmocka_unit_test(pem_and_ldif_give_what_is_in_them),
    cmocka_unit_test(broken_texts_say_where),
    cmocka_unit_test(revocation_lists_count_when_their_issuer_signed_them),
};
RUN_TESTS(tests)
