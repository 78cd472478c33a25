#include "card/card.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "card/bac.h"
#include "card/pace.h"
#include "doc/tlv.h"

/* Only whole files are worth keeping from a session that the chip broke; twice is a habit. */
enum { BREAKS_MAX = 2, CHUNK_MAX = 4096, CHUNK_ANSWER_OVERHEAD = 64 };

struct session {
    struct lw_channel c;
    const struct lw_card_opts *opts;
    struct lw_card *card;
    size_t chunk;
    unsigned breaks;
    bool extended_asked;
    bool no_ca;               /* it failed: the next session does without */
    bool skip_pace;           /* the same */
    bool restart;             /* the next session begins for a reason of ours, once each */
    struct lw_secinfo access; /* of EF.CardAccess */
};

__attribute__((format(printf, 3, 4))) static void find(struct session *s, const char *rule,
                                                       const char *fmt, ...)
{
    struct lw_card *card = s->card;
    if (card->n_findings == LW_CARD_FINDINGS_MAX)
        return;
    struct lw_card_finding *f = &card->findings[card->n_findings++];
    snprintf(f->rule, sizeof(f->rule), "%s", rule);
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(f->text, sizeof(f->text), fmt, ap);
    va_end(ap);
}

/* Faults that end a session, and perhaps the reading; what else goes wrong is a property of one
 * file or protocol. */
static bool session_is_over(const struct session *s, int r)
{
    return r < 0 && (r == LW_EAGAIN || r == LW_ETIMEOUT || r == LW_EIO || r == LW_ENOMEM ||
                     r == LW_ELIMIT || !s->c.secure);
}

static int read_file(struct session *s, enum lw_ef ef, struct lw_why *why)
{
    struct lw_ef_file *f = &s->card->files[ef];
    const struct lw_ef_read_opts opts = {.chunk = s->chunk,
                                         .max_bytes = s->opts->max_file_bytes,
                                         .progress = s->opts->progress,
                                         .ctx = s->opts->ctx};
    if (f->state != LW_EF_UNTRIED)
        return LW_OK;
    int r = lw_ef_read(&s->c, ef, &opts, f, why);
    if (f->state == LW_EF_BROKEN)
        find(s, "file_broken", "%s: %s", lw_ef_info(ef)->name, f->note);
    else if (f->state == LW_EF_DENIED)
        find(s, "file_denied", "%s: %s", lw_ef_info(ef)->name, f->note);
    return r;
}

static bool has(const struct session *s, enum lw_ef ef)
{
    return s->card->files[ef].state == LW_EF_READ;
}

static struct lw_span contents(const struct session *s, enum lw_ef ef)
{
    return lw_strbuf_span(&s->card->files[ef].bytes);
}

/* Which way in, from the master file; without password the chip is asked nothing. */
static int look_around(struct session *s, struct lw_why *why)
{
    int r = LW_OK;
    if (s->opts->extended && !s->extended_asked) {
        size_t longest = 0;
        r = lw_card_extended(&s->c, &longest, why);
        if (r < 0)
            return r;
        s->extended_asked = true;
        s->c.extended = longest > 256 + CHUNK_ANSWER_OVERHEAD;
        if (s->c.extended && !s->opts->chunk)
            s->chunk = (size_t)lw_mini(CHUNK_MAX, (int)longest - CHUNK_ANSWER_OVERHEAD);
    }
    r = read_file(s, LW_EF_CARD_ACCESS, why);
    if (r < 0 || !has(s, LW_EF_CARD_ACCESS))
        return r;
    struct lw_why bad;
    if (lw_secinfo_parse(&s->access, contents(s, LW_EF_CARD_ACCESS), &bad) < 0)
        find(s, "file_broken", "EF_CardAccess: %s", bad.text);
    return LW_OK;
}

static int select_application(struct session *s, struct lw_why *why)
{
    static const uint8_t aid[] = {0xa0, 0x00, 0x00, 0x02, 0x47, 0x10, 0x01};
    struct lw_answer a;
    return lw_channel_do(
        &s->c, "selecting the passport application",
        &(struct lw_apdu){.ins = 0xa4, .p1 = 0x04, .p2 = 0x0c, .data = {aid, sizeof(aid)}}, &a,
        why);
}

static bool same_pace(const struct lw_pace_info *a, const struct lw_pace_info *b)
{
    return a->mapping == b->mapping && a->curve == b->curve && a->cipher == b->cipher &&
           a->version == b->version && a->parameter_id == b->parameter_id;
}

/* EF.CardAccess is not signed: DG14 and EF.CardSecurity repeat it, so that a weaker offer is
 * noticed (9303-11 9.2.11). */
static void compare_offers(struct session *s, const char *file,
                           const struct lw_secinfo *signed_ones)
{
    for (size_t i = 0; i < signed_ones->n_pace; i++) {
        size_t k = 0;
        while (k < s->access.n_pace && !same_pace(&signed_ones->pace[i], &s->access.pace[k]))
            k++;
        if (k == s->access.n_pace) {
            find(s, "card_access_differs", "%s names a protocol that EF.CardAccess leaves out",
                 file);
            return;
        }
    }
    for (size_t k = 0; k < s->access.n_pace; k++) {
        size_t i = 0;
        while (i < signed_ones->n_pace && !same_pace(&signed_ones->pace[i], &s->access.pace[k]))
            i++;
        if (i == signed_ones->n_pace) {
            find(s, "card_access_differs", "EF.CardAccess names a protocol that %s leaves out",
                 file);
            return;
        }
    }
}

/* Appendix I: EF.CardSecurity holds the static key; it is readable only now. */
static int check_cam(struct session *s, const struct lw_pace_proof *proof, struct lw_why *why)
{
    struct lw_secinfo keys;
    struct lw_why bad = {.text = "EF.CardSecurity is not there"};
    int r = read_file(s, LW_EF_CARD_SECURITY, why);
    if (r < 0)
        return r;
    enum lw_proof p = LW_PROOF_UNUSABLE;
    if (has(s, LW_EF_CARD_SECURITY) &&
        lw_secinfo_parse_card_security(&keys, contents(s, LW_EF_CARD_SECURITY), &bad) == LW_OK) {
        p = lw_cam_check(proof, &keys, &bad);
        compare_offers(s, "EF.CardSecurity", &keys);
    }
    s->card->cam = p;
    if (p == LW_PROOF_INVALID)
        find(s, "pace_cam", "the chip does not have the key of its EF.CardSecurity");
    else if (p == LW_PROOF_UNUSABLE)
        find(s, "pace_cam", "%s", bad.text);
    return LW_OK;
}

static int enter_by_pace(struct session *s, const struct lw_pace_info *info, struct lw_why *why)
{
    struct lw_pace_proof proof;
    LW_AUTO(lw_group) g = NULL;
    char name[40];
    int r = lw_pace(&s->c, &s->access, info, s->opts->password, s->opts->random, &proof, why);
    if (r < 0)
        return r;
    s->card->access = LW_ACCESS_PACE;
    lw_pace_info_print(name, info);
    r = lw_group_standard(&g, (unsigned)info->parameter_id, why);
    if (r < 0)
        return r;
    snprintf(s->card->protocol, sizeof(s->card->protocol), "%s %s", name, lw_group_name(g));
    if (info->mapping == LW_PACE_CHIP && s->card->cam == LW_PROOF_UNTRIED)
        r = check_cam(s, &proof, why);
    if (info->mapping == LW_PACE_CHIP)
        lw_wipe(&proof, sizeof(proof));
    return r == LW_OK ? select_application(s, why) : r;
}

static int enter_by_bac(struct session *s, struct lw_why *why)
{
    int r = select_application(s, why);
    if (r < 0)
        return r;
    struct lw_why refused;
    r = lw_bac(&s->c, s->opts->password, s->opts->random, &refused);
    if (r == LW_EUNSUP) { /* the chip knows no BAC: perhaps it is open to anyone */
        find(s, "access_missing", "%s", refused.text);
        return LW_OK;
    }
    if (r < 0) {
        *why = refused;
        return r;
    }
    s->card->access = LW_ACCESS_BAC;
    snprintf(s->card->protocol, sizeof(s->card->protocol), "BAC");
    return LW_OK;
}

/* A chip whose PACE does not work may still do BAC, with the MRZ; a wrong password is final. */
static int enter(struct session *s, struct lw_why *why)
{
    const struct lw_password *password = s->opts->password;
    const struct lw_pace_info *info = s->skip_pace ? NULL : lw_pace_choose(&s->access);
    if (!password || password->kind == LW_PASSWORD_NONE)
        return select_application(s, why);
    if (info) {
        int r = enter_by_pace(s, info, why);
        if ((r != LW_EUNSUP && r != LW_EFORMAT) || password->kind != LW_PASSWORD_MRZ)
            return r;
        find(s, "pace_failed", "%s", why->text);
        s->skip_pace = s->restart = true;
        return r;
    }
    if (password->kind != LW_PASSWORD_MRZ)
        return lw_why_set(why, LW_EUNSUP, -1, "this chip does not take a card access number");
    return enter_by_bac(s, why);
}

static int read_security(struct session *s, struct lw_why *why)
{
    struct lw_secinfo infos;
    struct lw_why bad = {.code = LW_OK};
    struct lw_card *card = s->card;
    bool news = card->files[LW_EF_DG14].state == LW_EF_UNTRIED;
    int r = read_file(s, LW_EF_DG14, why);
    if (r < 0)
        return r;
    if (!has(s, LW_EF_DG14)) {
        card->chip = LW_PROOF_ABSENT;
        return LW_OK;
    }
    if (lw_secinfo_parse_dg14(&infos, contents(s, LW_EF_DG14), &bad) < 0) {
        find(s, "file_broken", "DG14: %s", bad.text);
        card->chip = LW_PROOF_UNUSABLE;
        return LW_OK;
    }
    if (news)
        compare_offers(s, "DG14", &infos);
    if (!s->c.secure || s->no_ca)
        return LW_OK;
    s->no_ca = true; /* if the card is lost within, the next session goes on without */
    r = lw_ca(&s->c, &infos, s->opts->random, &card->chip, &bad);
    s->no_ca = card->chip == LW_PROOF_INVALID || card->chip == LW_PROOF_UNUSABLE;
    if (r < 0) {
        *why = bad;
        return r;
    }
    s->restart = !s->c.secure;
    if (card->chip == LW_PROOF_INVALID)
        find(s, "chip_authentication", "the chip does not have the key of its DG14: %s", bad.text);
    else if (card->chip == LW_PROOF_UNUSABLE)
        find(s, "chip_authentication", "%s", bad.text);
    return s->c.secure ? LW_OK : LW_ECRYPTO;
}

static int prove_active(struct session *s, struct lw_why *why)
{
    struct lw_secinfo infos;
    struct lw_why bad = {.code = LW_OK};
    struct lw_card *card = s->card;
    bool was_secure = s->c.secure;
    int r = read_file(s, LW_EF_DG15, why);
    if (r < 0 || card->active != LW_PROOF_UNTRIED)
        return r;
    if (!has(s, LW_EF_DG15)) {
        card->active = LW_PROOF_ABSENT;
        return LW_OK;
    }
    enum lw_aa_hash hash = LW_AA_HASH_UNSAID;
    if (has(s, LW_EF_DG14) &&
        lw_secinfo_parse_dg14(&infos, contents(s, LW_EF_DG14), NULL) == LW_OK && infos.has_aa)
        hash = infos.aa_hash;
    r = lw_aa(&s->c, contents(s, LW_EF_DG15), hash, s->opts->random, &card->active, &bad);
    if (r < 0) {
        card->active = LW_PROOF_UNTRIED;
        *why = bad;
        return r;
    }
    s->restart = s->c.secure != was_secure;
    if (card->active == LW_PROOF_INVALID)
        find(s, "active_authentication", "the chip does not have the key of its DG15");
    else if (card->active == LW_PROOF_UNUSABLE)
        find(s, "active_authentication", "%s", bad.text);
    return s->restart ? LW_ECRYPTO : LW_OK;
}

/* The groups that EF.COM lists, all of them where it cannot be read. */
static void list_groups(const struct session *s, bool listed[LW_EF_COUNT])
{
    struct lw_tlv_limits limits = LW_TLV_LIMITS;
    struct lw_tlv_reader r, inside;
    struct lw_tlv com, tags;
    bool readable = has(s, LW_EF_COM) &&
                    lw_tlv_open(&r, contents(s, LW_EF_COM), &limits, NULL) == LW_OK &&
                    lw_tlv_expect(&r, 0x60, &com, NULL) == LW_OK &&
                    lw_tlv_enter(&r, &com, &inside, NULL) == LW_OK &&
                    lw_tlv_find(&inside, 0x5c, &tags, NULL) == 1;
    for (int ef = LW_EF_DG1; ef < LW_EF_COUNT; ef++)
        listed[ef] = !readable;
    for (size_t i = 0; readable && i < tags.value.n; i++) {
        enum lw_ef ef = lw_ef_of_tag(tags.value.data[i]);
        if (ef < LW_EF_COUNT)
            listed[ef] = true;
    }
    listed[LW_EF_DG1] = listed[LW_EF_DG2] = true; /* mandatory */
    listed[LW_EF_DG3] = listed[LW_EF_DG4] = false;
}

static int read_rest(struct session *s, struct lw_why *why)
{
    bool listed[LW_EF_COUNT] = {false};
    list_groups(s, listed);
    int r = LW_OK;
    for (int ef = LW_EF_DG1; r == LW_OK && ef < LW_EF_COUNT; ef++)
        if (listed[ef]) {
            r = read_file(s, (enum lw_ef)ef, why);
            r = session_is_over(s, r) ? r : LW_OK;
        }
    return r;
}

static int read_one_of(struct session *s, const enum lw_ef *order, size_t n, struct lw_why *why)
{
    int r = LW_OK;
    for (size_t i = 0; r == LW_OK && i < n; i++) {
        r = read_file(s, order[i], why);
        r = session_is_over(s, r) ? r : LW_OK;
    }
    return r;
}

/* DG14 and DG15 are asked for even where EF.COM, which nobody signs, leaves them out. */
static int read_all(struct session *s, struct lw_why *why)
{
    static const enum lw_ef portrait[] = {LW_EF_DG2, LW_EF_DG1};
    static const enum lw_ef base[] = {LW_EF_COM, LW_EF_SOD};
    int r = LW_OK;
    if (s->opts->portrait_first)
        r = read_one_of(s, portrait, LW_COUNT(portrait), why);
    if (r == LW_OK)
        r = read_one_of(s, base, 1, why);
    if (r == LW_OK && s->card->chip != LW_PROOF_ABSENT)
        r = read_security(s, why);
    if (r == LW_OK)
        r = read_one_of(s, base, LW_COUNT(base), why);
    if (r == LW_OK)
        r = prove_active(s, why);
    return r == LW_OK ? read_rest(s, why) : r;
}

/* From a reset to the last file, or to what stops it. */
static int one_session(struct session *s, struct lw_why *why)
{
    int r = lw_channel_reset(&s->c, why);
    if (r == LW_OK)
        r = look_around(s, why);
    if (r == LW_OK)
        r = enter(s, why);
    return r == LW_OK ? read_all(s, why) : r;
}

static bool read_anything(const struct lw_card *card)
{
    for (int ef = LW_EF_COM; ef < LW_EF_COUNT; ef++)
        if (card->files[ef].state == LW_EF_READ)
            return true;
    return false;
}

/* Does it pay to begin a session again? */
static bool try_again(struct session *s, int r, const struct lw_why *why)
{
    bool restart = s->restart;
    s->restart = false;
    if (r == LW_OK || r == LW_ETIMEOUT || r == LW_EIO || r == LW_ENOMEM || r == LW_ELIMIT)
        return false;
    if (restart)
        return true;
    if (r == LW_EAGAIN)
        return s->card->lost++ < s->opts->retries;
    if (s->card->access == LW_ACCESS_NONE) /* no way in */
        return false;
    find(s, "session_broken", "%s", why->text);
    if (r == LW_EUNSUP) /* by the chip, which may do so for each file that it does not have */
        return true;
    return ++s->breaks < BREAKS_MAX && s->opts->retries > 0;
}

/* Why reading ended early. */
static const char *end_rule(const struct session *s, int r)
{
    if (s->c.end == LW_CHANNEL_STOPPED)
        return "stopped";
    if (s->c.end == LW_CHANNEL_TIME_OVER || r == LW_ELIMIT)
        return "too_long";
    if (r == LW_EIO)
        return "reader_failed";
    return r == LW_EAGAIN || r == LW_ETIMEOUT ? "card_lost" : "session_broken";
}

static int run(struct session *s, struct lw_why *why)
{
    int r;
    do {
        r = one_session(s, why);
    } while (try_again(s, r, why));
    if (r < 0 && r != LW_ENOMEM && read_anything(s->card)) {
        find(s, end_rule(s, r), "%s", why->text);
        r = LW_OK;
    }
    if (r == LW_OK && !read_anything(s->card))
        r = lw_why_set(why, LW_EUNSUP, -1, "the chip gives no file: %s",
                       s->card->n_findings ? s->card->findings[s->card->n_findings - 1].text
                                           : "it has none");
    return r;
}

static int check_opts(const struct lw_card_opts *o, struct lw_why *why)
{
    if (o->max_file_bytes < 1 || o->max_file_bytes > 16 * LW_MIB || o->chunk > CHUNK_MAX ||
        o->retries > 100 || o->max_ns < 1)
        return lw_why_set(why, LW_EINVAL, -1, "limits for reading a card are out of range");
    return LW_OK;
}

int lw_card_read(struct lw_card **out, struct lw_reader *reader, const struct lw_card_opts *opts,
                 struct lw_why *why)
{
    const struct lw_card_opts defaults = LW_CARD_DEFAULTS;
    struct lw_why own;
    why = why ? why : &own;
    opts = opts ? opts : &defaults;
    int r = check_opts(opts, why);
    if (r < 0)
        return r;
    LW_AUTO(lw_card) card = calloc(1, sizeof(*card));
    if (!card)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for a card");
    snprintf(card->protocol, sizeof(card->protocol), "none");
    struct session s = {.opts = opts, .card = card, .chunk = opts->chunk};
    struct lw_channel_opts limits = LW_CHANNEL_DEFAULTS;
    limits.max_ns = opts->max_ns;
    limits.stop = opts->stop;
    limits.stop_ctx = opts->ctx;
    r = lw_channel_init(&s.c, reader, &limits, why);
    if (r < 0)
        return r;
    r = run(&s, why);
    card->end = s.c.end;
    card->apdus = s.c.apdus;
    card->raw_ns = s.c.raw_ns;
    card->total_ns = lw_now_ns() - s.c.start_ns;
    lw_channel_clear(&s.c);
    if (r < 0)
        return r;
    *out = card;
    card = NULL;
    return LW_OK;
}

void lw_card_free(struct lw_card **c)
{
    if (!*c)
        return;
    for (int ef = 0; ef < LW_EF_COUNT; ef++)
        lw_ef_file_clear(&(*c)->files[ef]);
    lw_wipe(*c, sizeof(**c));
    free(*c);
    *c = NULL;
}
