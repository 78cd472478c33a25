#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "app/answer.h"
#include "app/app.h"
#include "app/cabins_file.h"
#include "app/crossing.h"
#include "app/decoding.h"
#include "app/keep.h"
#include "app/live.h"
#include "app/manifest.h"
#include "app/opts.h"
#include "app/page.h"
#include "app/policy.h"
#include "app/receipts.h"
#include "base/clock.h"
#include "base/file.h"
#include "crypt/keyfile.h"
#include "store/store.h"

struct cross_opts {
    struct lw_app_models models;
    const char *store, *policy, *requirements, *regions, *cabins, *report, *note, *manifest, *seen;
    struct lw_opt_list trust, signer;
    bool json, live, quiet, weak_sandbox;
    double fmr;
    const char *keys, *receipts, *place;
};

static const struct lw_opt table[] = {
    {"trust", LW_OPT_LIST, offsetof(struct cross_opts, trust), "FILE|DIR", 0, 0,
     "Chips must be signed under these authorities: certificates, master lists, LDIF (default: "
     "nobody is asked, which is a finding)."},
    {"store", LW_OPT_STRING, offsetof(struct cross_opts, store), "FILE", 0, 0,
     "Write each closed crossing to this SQLite store, as the policy says."},
    {"policy", LW_OPT_STRING, offsetof(struct cross_opts, policy), "POLICY", 0, 0,
     "Who may be photographed and what is kept of whom: a file, or default (keeps least),\n"
     "us-land-exit, eu-ees, ferry-booking. It has the validation requirements, too."},
    {"requirements", LW_OPT_STRING, offsetof(struct cross_opts, requirements), "PRESET", 0, 0,
     "Which of the policy's validation requirements decide who counts as captured: documented,\n"
     "lane or verify (default: those that the policy has in effect, verify)."},
    {"keys", LW_OPT_STRING, offsetof(struct cross_opts, keys), "FILE", 0, 0,
     "Key file of the store and of receipts (default: the store's name with .keys)."},
    {"receipts", LW_OPT_STRING, offsetof(struct cross_opts, receipts), "DIR", 0, 0,
     "Write a signed receipt there for each traveller: a file, and as QR code (PNG, SVG)."},
    {"place", LW_OPT_STRING, offsetof(struct cross_opts, place), "TEXT", 0, 0,
     "Name of the place on receipts (default: the lane's)."},
    {"regions", LW_OPT_STRING, offsetof(struct cross_opts, regions), "FILE", 0, 0,
     "Where the cabin is in each camera's picture (docs/formats/regions.md); default: anywhere."},
    {"learn-regions", LW_OPT_STRING, offsetof(struct cross_opts, cabins), "FILE", 0, 0,
     "Learn that from where people are seen, in FILE (docs/formats/cabins.md), which is made if "
     "need be; used once enough is known."},
    {"report", LW_OPT_STRING, offsetof(struct cross_opts, report), "FILE", 0, 0,
     "Write a page with annotated frames and crops (holds faces: keep it as you keep those)."},
    {"manifest", LW_OPT_STRING, offsetof(struct cross_opts, manifest), "FILE", 0, 0,
     "Compare with this list of the group's own (lanewise doc manifest); for one BUNDLE."},
    {"manifest-signer", LW_OPT_LIST, offsetof(struct cross_opts, signer), "KEY", 0, 0,
     "Only this public key will do for it, 64 hexadecimal digits (default: any)."},
    {"manifest-seen", LW_OPT_STRING, offsetof(struct cross_opts, seen), "FILE", 0, 0,
     "Refuse a list that was presented at another crossing, and remember this one there."},
    {"note", LW_OPT_STRING, offsetof(struct cross_opts, note), "TEXT", 0, 0,
     "A sentence under the title of that page."},
    {"json", LW_OPT_FLAG, offsetof(struct cross_opts, json), NULL, 0, 0,
     "One JSON object a crossing on standard output instead of a table."},
    {"live", LW_OPT_FLAG, offsetof(struct cross_opts, live), NULL, 0, 0,
     "Tell on standard error how the answer grows while the vehicle passes."},
    {"fmr", LW_OPT_REAL, offsetof(struct cross_opts, fmr), "RATE", 1e-7, 0.1,
     "False match rate of a verification, at most the policy's (default: the policy's)."},
    LW_APP_MODEL_OPTS(struct cross_opts, models),
    LW_APP_DECODER_OPT(struct cross_opts, weak_sandbox),
    {"quiet", LW_OPT_FLAG, offsetof(struct cross_opts, quiet), NULL, 0, 0, "No progress."},
};

static const struct lw_usage usage = {
    .command = "cross",
    .synopsis =
        "lanewise cross BUNDLE... [--trust FILE|DIR] [--store FILE] [--report FILE] [--json]",
    .about =
        "Reads crossings offline: every camera and every document of each BUNDLE (a folder with\n"
        "crossing.json, docs/formats/crossing-bundle.md), and says for each occupant whether\n"
        "they are verified against a document presented for that vehicle, or why a human has\n"
        "to look. A missing face is a referral, never a verdict.\n"
        "Each bundle is a crossing of its own: all crossing.json are checked first; a fault\n"
        "later stops there, and the crossings before it stay answered, stored and reported.",
    .examples = "  lanewise cross build/sample/x0001\n"
                "  lanewise cross --json --store lane.db bundles/* | jq .outcome",
    .exit_codes = "  0  all occupants of all crossings verified\n"
                  "  1  referrals\n"
                  "  2  fault: one line on standard error names the file, the place and the rule",
    .min_args = 1,
    .max_args = 100000};

struct session {
    const struct cross_opts *opts;
    double fmr;
    struct lw_app_policy policy;
    struct lw_facekit *kit;
    struct lw_decoder *decoder;
    struct lw_store *store; /* NULL: none */
    struct lw_keys *keys;   /* that sign receipts; NULL: not opened (yet) */
    struct lw_regions regions;
    struct lw_cabins *cabins; /* NULL: none are learnt */
    struct lw_page *page;     /* NULL: none */
    size_t answered;
    struct lw_manifest_keys signers;
    struct lw_manifest_answer manifest;
};

/* A store that is not there yet is made with its first record, so that a bad bundle leaves nothing
 * behind; one that is there is opened, or refused, before any work is done. */
static int open_store(struct session *s, struct lw_why *why)
{
    struct lw_store_opts store = LW_STORE_DEFAULTS;
    store.keys = s->opts->keys;
    store.policy = (struct lw_span){.data = s->policy.text, .n = s->policy.n};
    int r = lw_store_open(&s->store, s->opts->store, &store, why);
    if (r < 0)
        lw_why_prefix(why, "%s", s->opts->store);
    return r;
}

/* The key file of a store is there once the store is. */
static int open_keys(struct session *s, struct lw_why *why)
{
    LW_AUTO_MEM(char) beside = NULL;
    const char *file = s->opts->keys;
    if (!file && asprintf(&beside, "%s.keys", s->opts->store) < 0)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = lw_keyfile_open(&s->keys, file ? file : beside, false, why);
    if (r < 0)
        lw_why_prefix(why, "%s", file ? file : beside);
    return r;
}

static int hand_out(struct session *s, const struct lw_crossing_result *result, const char *record,
                    struct lw_why *why)
{
    int r = s->keys ? LW_OK : open_keys(s, why);
    const struct lw_receipts_opts opts = {.dir = s->opts->receipts,
                                          .place = s->opts->place,
                                          .keys = s->keys,
                                          .store = s->store,
                                          .record = record};
    return r < 0 ? r : lw_receipts_write(result, &opts, why);
}

static int keep(struct session *s, const struct lw_crossing_result *result, struct lw_record *rec,
                struct lw_why *why)
{
    const int64_t now = lw_now_utc_us(); /* answered, and nothing left to wait for: closed */
    const struct lw_keep_times times = {.verified_utc_us = now, .closed_utc_us = now};
    int r = s->store ? LW_OK : open_store(s, why);
    return r < 0 ? r : lw_keep(s->store, &s->policy.rules, result, &times, rec, why);
}

static int print_answer(struct session *s, const struct lw_crossing_result *result,
                        struct lw_why *why)
{
    LW_AUTO_STRBUF text = LW_STRBUF_INIT;
    if (s->opts->json)
        lw_answer_print(&text, result);
    else
        lw_table_print(&text, result, lw_facekit_matcher(s->kit));
    if (lw_strbuf_err(&text))
        return lw_why_set(why, LW_ENOMEM, -1, "no memory for the answer");
    fputs(lw_strbuf_peek(&text), stdout);
    return LW_OK;
}

/* What the group said of itself never verifies anyone; where it does not fit what was seen and
 * presented, an officer has to look. */
static int add_manifest(struct session *s, struct lw_crossing_result *r, struct lw_why *why)
{
    struct lw_manifest_answer *a = &s->manifest;
    int e = lw_manifest_accept(&a->found, &a->manifest, &s->signers, s->opts->seen, r->bundle.id,
                               r->bundle.opened_utc_us, why);
    if (e < 0) {
        lw_why_prefix(why, "%s", s->opts->seen);
        return e;
    }
    lw_manifest_compare(a, r);
    r->outcome.verified &= lw_manifest_answer_ok(a);
    r->manifest = a;
    return LW_OK;
}

static int cross_one(struct session *s, const char *dir, bool *verified, struct lw_why *why)
{
    const bool store = s->opts->store != NULL;
    const struct lw_documents_opts documents = {.decoder = s->decoder,
                                                .trusted = s->opts->trust.n > 0};
    struct lw_live live = {.out = stderr};
    const struct lw_crossing_opts opts = {.fmr = s->fmr,
                                          .earlier = s->store,
                                          .policy = &s->policy.rules,
                                          .requirements = &s->policy.rules.requirements,
                                          .regions = &s->regions,
                                          .cabins = s->cabins,
                                          .learn = true,
                                          .threads = lw_app_threads(&s->opts->models),
                                          .pictures = s->page != NULL,
                                          .tell = s->opts->live ? lw_live_tell : NULL,
                                          .tell_ctx = &live,
                                          .shots = store,
                                          .templates = store,
                                          .documents = documents};
    LW_AUTO(lw_crossing_result) result = NULL;
    LW_AUTO_MEM(struct lw_record) rec = calloc(1, sizeof(*rec));
    if (!rec)
        return lw_why_set(why, LW_ENOMEM, -1, "no memory");
    int r = lw_crossing_run(&result, s->kit, dir, &opts, why);
    if (r >= 0 && s->opts->manifest)
        r = add_manifest(s, result, why);
    if (r >= 0 && store)
        r = keep(s, result, rec, why);
    if (r >= 0 && s->opts->receipts)
        r = hand_out(s, result, rec->id, why);
    if (r >= 0 && s->page)
        r = lw_page_add(s->page, result, lw_facekit_matcher(s->kit));
    if (r >= 0 && s->cabins)
        r = lw_cabins_save(s->cabins, s->opts->cabins, why);
    if (r < 0)
        return r;
    s->answered++;
    *verified = result->outcome.verified;
    return print_answer(s, result, why);
}

static int cross_each(struct session *s, int n, char **dirs, bool *all, struct lw_why *why)
{
    *all = true;
    for (int i = 0; i < n; i++) {
        bool verified = false;
        if (n > 1)
            lw_progress("crossings", (size_t)i, (size_t)n);
        int r = cross_one(s, dirs[i], &verified, why);
        if (r < 0)
            return r;
        *all = *all && verified;
    }
    if (n > 1)
        lw_progress("crossings", (size_t)n, (size_t)n);
    return LW_OK;
}

/* What is wrong in any crossing.json is told before anything is answered or kept. */
static int check_each(int n, char **dirs, struct lw_why *why)
{
    LW_AUTO_MEM(struct lw_bundle) bundle = malloc(sizeof(*bundle));
    int r = bundle ? LW_OK : lw_why_set(why, LW_ENOMEM, -1, "no memory");
    for (int i = 0; r == LW_OK && i < n; i++)
        r = lw_crossing_read(bundle, dirs[i], why);
    return r;
}

/* Each bundle is a crossing of its own: a fault stops, and those before it stay answered, stored
 * and on the page. */
static int cross_all(struct session *s, int n, char **dirs, bool *all, struct lw_why *why)
{
    struct lw_why page = {0};
    int r = n > 1 ? check_each(n, dirs, why) : LW_OK;
    if (r == LW_OK)
        r = cross_each(s, n, dirs, all, why);
    lw_progress_end();
    if (!s->page || (r < 0 && !s->answered) || lw_page_write(s->page, s->opts->report, &page) == 0)
        return r;
    lw_why_prefix(&page, "%s", s->opts->report);
    if (r < 0)
        return r; /* the first fault is told */
    *why = page;
    return page.code;
}

/* Something has to sign receipts: a store's keys, or those that are named. */
static int check_receipts(struct session *s, struct lw_why *why)
{
    const struct cross_opts *o = s->opts;
    if (o->receipts && !o->store && !o->keys)
        return lw_why_set(why, LW_EINVAL, -1,
                          "--receipts needs --store or --keys: something has to sign them");
    int r = o->receipts && !o->store ? open_keys(s, why) : LW_OK;
    return r < 0 ? r : lw_receipts_check_place(o->place, why);
}

/* The policy's rate; a stricter one on request. A laxer one only where nothing is under a policy:
 * to try things out. */
static int set_fmr(struct session *s, struct lw_why *why)
{
    const struct cross_opts *o = s->opts;
    s->fmr = o->fmr > 0 ? o->fmr : s->policy.rules.fmr;
    if ((o->store || o->policy) && s->fmr > s->policy.rules.fmr)
        return lw_why_set(why, LW_EINVAL, -1, "--fmr %g is laxer than policy %s allows: %g", s->fmr,
                          s->policy.rules.name, s->policy.rules.fmr);
    return LW_OK;
}

static int read_regions(struct session *s, struct lw_why *why)
{
    LW_AUTO_MEM(uint8_t) text = NULL;
    size_t n;
    if (!s->opts->regions)
        return LW_OK;
    int r = lw_file_read(s->opts->regions, LW_REGIONS_BYTES_MAX, &text, &n, why);
    if (r >= 0)
        r = lw_regions_parse(&s->regions, (struct lw_span){text, n}, why);
    if (r < 0)
        lw_why_prefix(why, "%s", s->opts->regions);
    return r;
}

static int read_cabins(struct session *s, struct lw_why *why)
{
    return s->opts->cabins ? lw_cabins_load(&s->cabins, s->opts->cabins, true, why) : LW_OK;
}

static int read_signers(struct session *s, struct lw_why *why)
{
    int r = lw_manifest_keys_parse(&s->signers, &s->opts->signer, why);
    if (r < 0)
        lw_why_prefix(why, "--manifest-signer");
    return r;
}

static int read_manifest(struct session *s, struct lw_why *why)
{
    struct lw_manifest_answer *a = &s->manifest;
    if (!s->opts->manifest)
        return LW_OK;
    int r = lw_manifest_load(&a->manifest, &a->found, s->decoder, s->opts->manifest, why);
    if (r < 0)
        lw_why_prefix(why, "%s", s->opts->manifest);
    return r;
}

static int open_session(struct session *s, struct lw_why *why)
{
    const struct lw_page_opts page = {.title = "Lanewise crossings", .note = s->opts->note};
    int r = lw_app_open_policy(&s->policy, s->opts->policy, why);
    if (r < 0 || (r = set_fmr(s, why)) < 0 || (r = read_signers(s, why)) < 0)
        return r;
    if ((r = check_receipts(s, why)) < 0)
        return r;
    if ((r = read_regions(s, why)) < 0 || (r = read_cabins(s, why)) < 0)
        return r;
    const char *preset = s->opts->requirements;
    if (preset && (r = lw_app_policy_require(&s->policy, preset, why)) < 0)
        return r;
    /* It gets ready while the networks are opened. */
    r = lw_app_open_decoder(&s->decoder, &s->opts->trust, s->opts->weak_sandbox, why);
    if (r >= 0)
        r = lw_app_open_kit(&s->kit, &s->opts->models, NULL, why);
    if (r >= 0)
        r = lw_decoder_ready(s->decoder, why);
    if (r >= 0)
        r = read_manifest(s, why);
    if (r >= 0 && s->opts->store && access(s->opts->store, F_OK) == 0)
        r = open_store(s, why);
    if (r >= 0 && s->opts->report)
        r = lw_page_new(&s->page, &page);
    return r;
}

int lw_cmd_cross(int argc, char **argv)
{
    struct cross_opts opts = {.json = false};
    int n = 0;
    int r = lw_opts_parse(&usage, table, LW_COUNT(table), &opts, argc, argv, &n);
    if (r != 0)
        return r == LW_OPTS_HELP ? LW_EXIT_OK : LW_EXIT_FAULT;
    if (opts.manifest && n != 1)
        return lw_app_complain("cross", "--manifest is of one vehicle, and these are %d", n);
    lw_progress_quiet(opts.quiet);
    struct session s = {.opts = &opts};
    struct lw_why why = {0};
    bool all = false;
    r = open_session(&s, &why);
    if (r >= 0)
        r = cross_all(&s, n, argv + 1, &all, &why);
    lw_page_free(&s.page);
    lw_store_close(&s.store);
    lw_decoder_free(&s.decoder);
    lw_facekit_free(&s.kit);
    lw_cabins_free(&s.cabins);
    lw_app_policy_clear(&s.policy);
    lw_keys_close(&s.keys);
    if (r < 0)
        return lw_app_fault(NULL, &why);
    return all ? LW_EXIT_OK : LW_EXIT_NEGATIVE;
}
