#include "records.h"

#include <math.h>

#include "base/rng.h"

/* The example of docs/formats/crossing-record.md, with line breaks taken out. */
static const char golden[] =
    "{\"format\":\"lanewise-crossing-record\",\"version\":1,\"id\":\"01KG9H2QZ00000000000000000\","
    "\"corrects\":null,\"closed_utc\":\"2026-01-31T08:15:09.000Z\","
    "\"crossing\":{\"id\":\"01KG9H2PD1JQME40KXFDEP2DRB\",\"lane\":\"OUT-3\","
    "\"direction\":\"outbound\",\"opened_utc\":\"2026-01-31T08:15:00.250Z\",\"synthetic\":false,"
    "\"cameras\":[{\"id\":\"front\",\"view\":\"windshield\"},"
    "{\"id\":\"left\",\"view\":\"left_side\"}],"
    "\"documents\":[{\"id\":\"d1\",\"kind\":\"image\",\"class\":\"citizen\",\"opted_out\":false,"
    "\"status\":\"matched\",\"findings\":[\"mrz:composite:check_digit\"]},"
    "{\"id\":\"d2\",\"kind\":\"lds\",\"class\":\"unknown\",\"opted_out\":false,"
    "\"status\":\"not_seen\",\"findings\":[]}]},"
    "\"outcome\":{\"verified\":false,\"model\":\"w600k_mbf\",\"fmr\":0.0001,\"threshold\":0.3125,"
    "\"tracks\":3,\"distractors\":1,"
    "\"occupants\":[{\"seat\":\"1L\",\"decision\":\"verified\",\"document\":\"d1\",\"score\":0.71,"
    "\"captured\":true,\"reasons\":[],\"frames_seen\":12,\"cameras\":[\"front\",\"left\"],"
    "\"best_shots\":[{\"camera\":\"left\",\"frame\":7,\"box\":[-3.5,20,81.25,113],"
    "\"inter_eye_px\":38.2,\"quality\":74}]},"
    "{\"seat\":null,\"decision\":\"referral\",\"document\":null,\"score\":null,\"captured\":false,"
    "\"reasons\":[\"too_dark\",\"turned_away\"],\"frames_seen\":2,\"cameras\":[\"front\"],"
    "\"best_shots\":[]}],"
    "\"camera_faults\":[{\"camera\":\"left\",\"fault\":\"ends after frame 11\"}]}}";

static struct lw_span span(const char *s)
{
    return (struct lw_span){.data = (const uint8_t *)s, .n = strlen(s)};
}

static void a_record_prints_as_documented(void **state)
{
    LW_UNUSED(state);
    struct lw_record rec;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    fill_record(&rec);
    CHECK(lw_record_print(&b, &rec) == LW_OK);
    assert_string_equal(lw_strbuf_peek(&b), golden);
}

static void offered_manual_processing_makes_it_version_2(void **state)
{
    LW_UNUSED(state);
    struct lw_record rec, back;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    fill_record(&rec);
    rec.outcome.documents[1].manual_offered = true;
    CHECK(lw_record_print(&b, &rec) == LW_OK);
    const char *text = lw_strbuf_peek(&b);
    CHECK(strstr(text, "\"lanewise-crossing-record\",\"version\":2,"));
    CHECK(strstr(text, "\"opted_out\":false,\"manual_offered\":false,\"status\":\"matched\""));
    CHECK(strstr(text, "\"opted_out\":false,\"manual_offered\":true,\"status\":\"not_seen\""));
    CHECK(lw_record_parse(&back, lw_strbuf_span(&b), NULL) == LW_OK);
    CHECK(!back.outcome.documents[0].manual_offered && back.outcome.documents[1].manual_offered);
}

static void what_was_printed_is_read_back_whole(void **state)
{
    LW_UNUSED(state);
    struct lw_record rec, back;
    struct lw_why why = {0};
    fill_record(&rec);
    int r = lw_record_parse(&back, span(golden), &why);
    if (r < 0)
        fail_msg("%s", why.text);
    assert_string_equal(back.outcome.occupants[0].seat, "1L");
    CHECK(back.outcome.occupants[0].score == 0.71f && back.outcome.occupants[0].document == 0);
    CHECK(back.outcome.occupants[0].cameras == 3 && back.outcome.occupants[0].n_shots == 1);
    CHECK(memcmp(&back.outcome.occupants[0].shots[0], &rec.outcome.occupants[0].shots[0],
                 sizeof(struct lw_best_shot)) == 0);
    CHECK(back.outcome.occupants[1].reasons == rec.outcome.occupants[1].reasons);
    CHECK(back.bundle.opened_utc_us == rec.bundle.opened_utc_us);
    CHECK(back.closed_utc_us == rec.closed_utc_us && back.corrects[0] == '\0');
    CHECK(back.outcome.n_documents == 2 && back.outcome.documents[1].status == LW_DOC_NOT_SEEN);
    assert_string_equal(back.outcome.camera_faults[0].fault, "ends after frame 11");
}

/* Numbers of every size, and every list between empty and full. */
static void fill_randomly(struct lw_record *rec, struct lw_rng *rng)
{
    fill_record(rec);
    struct lw_outcome *o = &rec->outcome;
    o->n_occupants = lw_rng_below(rng, LW_OCCUPANTS_MAX + 1);
    o->fmr = ldexp(lw_rng_unit(rng), -(int)lw_rng_below(rng, 40));
    o->threshold = (float)lw_rng_gauss(rng);
    for (size_t i = 0; i < o->n_occupants; i++) {
        struct lw_occupant *p = &o->occupants[i];
        *p = o->occupants[lw_rng_below(rng, 2)];
        p->has_score = lw_rng_below(rng, 2);
        p->score = p->has_score ? (float)ldexp(lw_rng_gauss(rng), (int)lw_rng_below(rng, 60)) : 0;
        p->n_shots = lw_rng_below(rng, LW_BEST_SHOTS_MAX + 1);
        for (size_t k = 0; k < p->n_shots; k++)
            for (size_t j = 0; j < 4; j++)
                p->shots[k].box[j] = (float)lw_rng_range(rng, -100, 4000);
    }
}

static void printing_what_was_parsed_gives_the_same_bytes(void **state)
{
    LW_UNUSED(state);
    struct lw_rng rng = lw_rng_seed(3);
    struct lw_record rec, back;
    for (int i = 0; i < 300; i++) {
        LW_AUTO_STRBUF once = LW_STRBUF_INIT;
        LW_AUTO_STRBUF again = LW_STRBUF_INIT;
        struct lw_why why = {0};
        fill_randomly(&rec, &rng);
        CHECK(lw_record_print(&once, &rec) == LW_OK && once.n < LW_RECORD_BYTES_MAX);
        if (lw_record_parse(&back, lw_strbuf_span(&once), &why) < 0)
            fail_msg("%s", why.text);
        CHECK(lw_record_print(&again, &back) == LW_OK);
        assert_string_equal(lw_strbuf_peek(&once), lw_strbuf_peek(&again));
    }
}

static void foreign_bytes_become_question_marks_and_minus_zero_zero(void **state)
{
    LW_UNUSED(state);
    struct lw_record rec, back;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    fill_record(&rec);
    strcpy(rec.outcome.camera_faults[0].fault, "M\xc3\xbcll\n.mp4\x80");
    rec.outcome.occupants[0].score = -0.0f;
    CHECK(lw_record_print(&b, &rec) == LW_OK);
    assert_non_null(strstr(lw_strbuf_peek(&b), "\"M\?\?ll?.mp4?\""));
    assert_non_null(strstr(lw_strbuf_peek(&b), "\"score\":0,"));
    CHECK(lw_record_parse(&back, lw_strbuf_span(&b), NULL) == LW_OK);
}

static void a_correction_names_the_record_it_corrects(void **state)
{
    LW_UNUSED(state);
    struct lw_record rec, back;
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    fill_record(&rec);
    strcpy(rec.corrects, "01KG9H2PZ00000000000000000");
    CHECK(lw_record_print(&b, &rec) == LW_OK);
    CHECK(lw_record_parse(&back, lw_strbuf_span(&b), NULL) == LW_OK);
    assert_string_equal(back.corrects, "01KG9H2PZ00000000000000000");
}

static int print_fails(const struct lw_record *rec)
{
    LW_AUTO_STRBUF b = LW_STRBUF_INIT;
    int r = lw_record_print(&b, rec);
    CHECK(b.n == 0 || r == LW_OK);
    return r;
}

#define REFUSED_WITH(field, value)                                                                 \
    do {                                                                                           \
        fill_record(&rec);                                                                         \
        rec.field = (value);                                                                       \
        assert_int_equal(print_fails(&rec), LW_EINVAL);                                            \
    } while (0)

static void records_that_contradict_themselves_are_not_printed(void **state)
{
    LW_UNUSED(state);
    struct lw_record rec;
    REFUSED_WITH(id[0], '\0');
    REFUSED_WITH(bundle.n_cameras, 0);
    REFUSED_WITH(bundle.n_documents, 1); /* the outcome has two */
    REFUSED_WITH(closed_utc_us, -1);
    REFUSED_WITH(outcome.occupants[0].document, -1);         /* verified as nothing */
    REFUSED_WITH(outcome.occupants[0].document, 2);          /* no such document */
    REFUSED_WITH(outcome.occupants[0].reasons, 1u);          /* verified with a reason */
    REFUSED_WITH(outcome.occupants[1].reasons, 0);           /* referred without one */
    REFUSED_WITH(outcome.occupants[1].reasons, 1u << 31);    /* no such reason */
    REFUSED_WITH(outcome.occupants[0].score, NAN);           /* a score that is none */
    REFUSED_WITH(outcome.occupants[0].cameras, 4);           /* no such camera */
    REFUSED_WITH(outcome.occupants[0].seat[0], '4');         /* no such row */
    REFUSED_WITH(outcome.occupants[0].shots[0].camera, 2);   /* no such camera */
    REFUSED_WITH(outcome.occupants[0].shots[0].box[1], NAN); /* nowhere */
    REFUSED_WITH(outcome.occupants[0].n_shots, 4);           /* more than are kept */
    REFUSED_WITH(outcome.camera_faults[0].camera, -1);       /* no such camera */
    REFUSED_WITH(outcome.n_occupants, LW_OCCUPANTS_MAX + 1); /* more than fit */
    REFUSED_WITH(outcome.documents[0].n_findings, 17);       /* more than fit */
    fill_record(&rec);
    CHECK(print_fails(&rec) == LW_OK);
}

static void other_spellings_of_the_same_record_are_refused(void **state)
{
    LW_UNUSED(state);
    static const struct {
        const char *from, *to, *message;
    } offences[] = {
        {"0.71,", "0.710,", "is not canonical at byte 777"},
        {"\"version\":1", "\"version\": 1", "is not canonical at byte 47"},
        {"09.000Z", "09Z", "is not canonical at byte 132"},
        {"\"too_dark\",\"turned_away\"", "\"turned_away\",\"too_dark\"", NULL},
        {"\"front\",\"left\"],", "\"left\",\"front\"],", NULL},
        {"OUT-3", "\\u004fUT-3", NULL},
        {"\"score\":0.71", "\"score\":71e-2", NULL},
        {"\"version\":1", "\"version\":3", "version: 3 is not from 1 to 2"},
        {"\"version\":1", "\"version\":2", "is not canonical at byte 47"},
        {"\"lanewise-crossing-record\"", "\"x\"",
         "format: \"x\" is none of lanewise-crossing-record"},
        {"\"tracks\":3", "\"tracks\":3,\"age\":4", "outcome: unknown key \"age\""},
        {"\"tracks\":3,", "", "outcome.tracks: is missing"},
        {"\"document\":\"d1\",\"score\"", "\"document\":null,\"score\"",
         "outcome: decision, document and reasons differ"},
        {"\"seat\":\"1L\"", "\"seat\":\"9L\"", "outcome: decision, document and reasons differ"},
        {"\"camera\":\"left\",\"frame\"", "\"camera\":\"x\",\"frame\"",
         "outcome.occupants[0].best_shots[0].camera: has what is no camera's id"},
        {"\"too_dark\"", "\"too_late\"", "outcome.occupants[1].reasons: [0] is no reason"},
        {"{\"id\":\"d2\"", "{\"id\":\"d1\"", "crossing.documents: \"d1\" is there twice"},
    };
    for (size_t i = 0; i < LW_COUNT(offences); i++) {
        LW_AUTO_STRBUF b = LW_STRBUF_INIT;
        struct lw_record back;
        struct lw_why why = {0};
        const char *at = strstr(golden, offences[i].from);
        assert_non_null(at);
        lw_strbuf_put(&b, golden, (size_t)(at - golden));
        lw_strbuf_puts(&b, offences[i].to);
        lw_strbuf_puts(&b, at + strlen(offences[i].from));
        assert_int_equal(lw_record_parse(&back, lw_strbuf_span(&b), &why), LW_EFORMAT);
        if (offences[i].message)
            assert_string_equal(why.text, offences[i].message);
        else
            CHECK(strncmp(why.text, "is not canonical", 16) == 0);
    }
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_record_prints_as_documented),
    cmocka_unit_test(offered_manual_processing_makes_it_version_2),
    cmocka_unit_test(what_was_printed_is_read_back_whole),
    cmocka_unit_test(printing_what_was_parsed_gives_the_same_bytes),
    cmocka_unit_test(foreign_bytes_become_question_marks_and_minus_zero_zero),
    cmocka_unit_test(a_correction_names_the_record_it_corrects),
    cmocka_unit_test(records_that_contradict_themselves_are_not_printed),
    cmocka_unit_test(other_spellings_of_the_same_record_are_refused),
};
RUN_TESTS(tests)
