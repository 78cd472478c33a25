#include "bundles.h"

#include "base/file.h"
#include "cross/outcome.h"
#include "cross/truth.h"

static void a_valid_bundle_is_read_whole(void **state)
{
    LW_UNUSED(state);
    struct lw_bundle b;
    struct lw_why why = {0};
    CHECK(lw_bundle_parse(&b, text_span(GOOD_BUNDLE), &why) == LW_OK);
    assert_string_equal(b.id, "01KG9H2PD1JQME40KXFDEP2DRB");
    assert_string_equal(b.lane, "OUT-3");
    CHECK(b.direction == LW_OUTBOUND && b.has_truth && !b.synthetic);
    CHECK(b.opened_utc_us == INT64_C(1769847300250000));
    CHECK(b.n_cameras == 2 && b.cameras[1].view == LW_VIEW_LEFT_SIDE);
    assert_string_equal(b.cameras[1].source, "frames/left_*.jpg");
    CHECK(b.cameras[0].fps == 10.0 && b.cameras[1].fps == 12.5);
    CHECK(b.n_documents == 2 && b.documents[0].kind == LW_DOCUMENT_IMAGE);
    CHECK(b.documents[0].n_mrz == 2 && b.documents[0].opted_out);
    CHECK(b.documents[0].person_class == LW_CLASS_CITIZEN);
    assert_string_equal(b.documents[0].mrz[1], "L898902C3");
    assert_string_equal(b.documents[1].path, "d2/");
    CHECK(b.documents[1].kind == LW_DOCUMENT_LDS && b.documents[1].n_mrz == 0);
}

static void what_is_left_out_has_the_documented_default(void **state)
{
    LW_UNUSED(state);
    struct lw_bundle b;
    CHECK(lw_bundle_parse(&b, text_span(GOOD_BUNDLE), NULL) == LW_OK);
    CHECK(b.documents[1].person_class == LW_CLASS_UNKNOWN && !b.documents[1].opted_out);
    LW_AUTO_STRBUF t = broken_bundle("\"version\":1", "\"version\":1,\"synthetic\":true");
    CHECK(lw_bundle_parse(&b, lw_strbuf_span(&t), NULL) == LW_OK && b.synthetic);
    LW_AUTO_STRBUF u = broken_bundle("\"truth\":" GOOD_TRUTH, "\"synthetic\":false");
    CHECK(lw_bundle_parse(&b, lw_strbuf_span(&u), NULL) == LW_OK && !b.has_truth);
}

static void nobody_has_to_present_a_document(void **state)
{
    LW_UNUSED(state);
    struct lw_bundle b;
    static const char json[] = "{\"version\":1,\"id\":\"x\",\"lane\":\"1\",\"direction\":"
                               "\"inbound\",\"opened_utc\":\"2026-01-31T08:15:00Z\",\"cameras\":"
                               "[{\"id\":\"f\",\"view\":\"booth\",\"source\":\"f.mp4\"}],"
                               "\"documents\":[]}";
    CHECK(lw_bundle_parse(&b, text_span(json), NULL) == LW_OK);
    CHECK(b.n_documents == 0 && b.direction == LW_INBOUND && !b.has_truth);
}

struct offence {
    const char *from, *to; /* in GOOD_BUNDLE */
    const char *message;
};

static void check_offences(const struct offence *o, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct lw_bundle b = {.n_cameras = 77};
        struct lw_why why = {0};
        LW_AUTO_STRBUF t = broken_bundle(o[i].from, o[i].to);
        assert_int_equal(lw_bundle_parse(&b, lw_strbuf_span(&t), &why), LW_EFORMAT);
        assert_string_equal(why.text, o[i].message);
        CHECK(b.n_cameras == 77); /* outputs are written on success only */
    }
}

static void unknown_keys_are_refused_by_name(void **state)
{
    LW_UNUSED(state);
    static const struct offence offences[] = {
        {"\"version\"", "\"plate\":\"X\",\"version\"", "top level: unknown key \"plate\""},
        {"\"view\"", "\"lens\":1,\"view\"", "cameras[0]: unknown key \"lens\""},
        {"\"kind\":\"lds\"", "\"kind\":\"lds\",\"pin\":\"1\"", "documents[1]: unknown key \"pin\""},
    };
    check_offences(offences, LW_COUNT(offences));
}

static void missing_keys_are_named(void **state)
{
    LW_UNUSED(state);
    static const struct offence offences[] = {
        {"\"version\":1,", "", "version: is missing"},
        {"\"id\":\"01KG9H2PD1JQME40KXFDEP2DRB\",", "", "id: is missing"},
        {"\"lane\":\"OUT-3\",", "", "lane: is missing"},
        {"\"direction\":\"outbound\",", "", "direction: is missing"},
        {"\"opened_utc\":\"2026-01-31T08:15:00.250Z\",", "", "opened_utc: is missing"},
        {"\"id\":\"front\",", "", "cameras[0].id: is missing"},
        {"\"view\":\"windshield\",", "", "cameras[0].view: is missing"},
        {",\"source\":\"front.mp4\"", "", "cameras[0].source: is missing"},
        {"\"id\":\"d1\",", "", "documents[0].id: is missing"},
        {"\"kind\":\"image\",", "", "documents[0].kind: is missing"},
        {"\"portrait\":\"d1.jpg\",", "", "documents[0].portrait: is missing"},
        {",\"path\":\"d2/\"", "", "documents[1].path: is missing"},
    };
    check_offences(offences, LW_COUNT(offences));
}

static void a_bundle_without_cameras_or_documents_is_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_bundle b;
    struct lw_why why = {0};
    static const char json[] = "{\"version\":1,\"id\":\"x\",\"lane\":\"1\",\"direction\":"
                               "\"inbound\",\"opened_utc\":\"2026-01-31T08:15:00Z\"}";
    CHECK(lw_bundle_parse(&b, text_span(json), &why) == LW_EFORMAT);
    assert_string_equal(why.text, "cameras: is missing");
    static const char none[] = "{\"version\":1,\"id\":\"x\",\"lane\":\"1\",\"direction\":"
                               "\"inbound\",\"opened_utc\":\"2026-01-31T08:15:00Z\","
                               "\"cameras\":[],\"documents\":[]}";
    CHECK(lw_bundle_parse(&b, text_span(none), &why) == LW_EFORMAT);
    assert_string_equal(why.text, "cameras: has 0 cameras, allowed are 1 to 8");
}

static void words_outside_an_enumeration_are_refused_with_the_choice(void **state)
{
    LW_UNUSED(state);
    static const struct offence offences[] = {
        {"\"outbound\"", "\"out\"", "direction: \"out\" is none of inbound, outbound"},
        {"\"windshield\"", "\"roof\"",
         "cameras[0].view: \"roof\" is none of windshield, left_side, right_side, booth"},
        {"\"citizen\"", "\"tourist\"",
         "documents[0].class: \"tourist\" is none of citizen, resident, noncitizen, diplomatic, "
         "minor, unknown"},
        {"\"kind\":\"image\"", "\"kind\":\"nfc\"",
         "documents[0].kind: \"nfc\" is none of image, lds"},
    };
    check_offences(offences, LW_COUNT(offences));
}

static void values_of_the_wrong_type_are_refused(void **state)
{
    LW_UNUSED(state);
    static const struct offence offences[] = {
        {"\"version\":1", "\"version\":\"1\"", "version: is string, not whole number"},
        {"\"version\":1", "\"version\":1.0", "version: is number, not whole number"},
        {"\"lane\":\"OUT-3\"", "\"lane\":3", "lane: is whole number, not string"},
        {"\"opted_out\":true", "\"opted_out\":1",
         "documents[0].opted_out: is whole number, not true or false"},
        {"\"class\":\"citizen\"", "\"class\":null", "documents[0].class: is null, not string"},
        {"\"truth\":" GOOD_TRUTH, "\"truth\":null", "truth: is null, not object"},
        {"\"cameras\":[{\"id\":\"front\",\"view\":\"windshield\",\"source\":\"front.mp4\"}",
         "\"cameras\":[1", "cameras[0]: is a whole number, not an object"},
    };
    check_offences(offences, LW_COUNT(offences));
}

static void another_version_is_refused(void **state)
{
    LW_UNUSED(state);
    static const struct offence offences[] = {
        {"\"version\":1", "\"version\":2", "version: 2 is not from 1 to 1"},
        {"\"version\":1", "\"version\":0", "version: 0 is not from 1 to 1"},
    };
    check_offences(offences, LW_COUNT(offences));
}

static void paths_that_leave_the_bundle_are_refused(void **state)
{
    LW_UNUSED(state);
    static const struct offence offences[] = {
        {"\"front.mp4\"", "\"../front.mp4\"",
         "cameras[0].source: \"../front.mp4\" leaves the folder"},
        {"\"front.mp4\"", "\"/etc/passwd\"",
         "cameras[0].source: \"/etc/passwd\" is an absolute path"},
        {"\"d1.jpg\"", "\"a/../../d1.jpg\"",
         "documents[0].portrait: \"a/../../d1.jpg\" leaves the folder"},
        {"\"d1.jpg\"", "\"\"", "documents[0].portrait: is an empty path"},
        {"\"d1.jpg\"", "\"d\\u0001.jpg\"",
         "documents[0].portrait: has a control character in its path"},
        {"\"d1.jpg\"", "\"d1/\"", "documents[0].portrait: \"d1/\" names a folder, not a file"},
        {"\"d2/\"", "\"..\"", "documents[1].path: \"..\" leaves the folder"},
    };
    check_offences(offences, LW_COUNT(offences));
}

static void ids_are_unique_and_plain(void **state)
{
    LW_UNUSED(state);
    static const struct offence offences[] = {
        {"\"id\":\"d2\"", "\"id\":\"d1\"", "documents: \"d1\" is the id of both [0] and [1]"},
        {"\"id\":\"left\"", "\"id\":\"front\"", "cameras: \"front\" is the id of both [0] and [1]"},
        {"\"id\":\"d2\"", "\"id\":\"d 2\"",
         "documents[1].id: \"d 2\" is not 1 to 64 of A-Z a-z 0-9 . _ -"},
        {"\"id\":\"d2\"", "\"id\":\"\"",
         "documents[1].id: \"\" is not 1 to 64 of A-Z a-z 0-9 . _ -"},
        {"\"id\":\"left\"",
         "\"id\":\"01234567890123456789012345678901234567890123456789012345678901234\"",
         "cameras[1].id: \"0123456789012345678901234567890123456789\" is not 1 to 64 of "
         "A-Z a-z 0-9 . _ -"},
    };
    check_offences(offences, LW_COUNT(offences));
}

static void an_id_may_have_64_characters(void **state)
{
    LW_UNUSED(state);
    struct lw_bundle b;
    LW_AUTO_STRBUF t = broken_bundle(
        "\"id\":\"left\"",
        "\"id\":\"0123456789012345678901234567890123456789012345678901234567890123\"");
    CHECK(lw_bundle_parse(&b, lw_strbuf_span(&t), NULL) == LW_OK);
    assert_int_equal(strlen(b.cameras[1].id), 64);
}

static void frame_rates_out_of_range_are_refused(void **state)
{
    LW_UNUSED(state);
    static const struct offence offences[] = {
        {"12.5", "0", "cameras[1].fps: 0 is not from 0.01 to 1000"},
        {"12.5", "-10", "cameras[1].fps: -10 is not from 0.01 to 1000"},
        {"12.5", "1e9", "cameras[1].fps: 1e+09 is not from 0.01 to 1000"},
        {"12.5", "\"10\"", "cameras[1].fps: is string, not number"},
    };
    check_offences(offences, LW_COUNT(offences));
}

static void an_mrz_has_two_or_three_lines_of_text(void **state)
{
    LW_UNUSED(state);
    static const struct offence offences[] = {
        {"[\"P<UTOERIKSSON\",\"L898902C3\"]", "[\"P<UTO\"]",
         "documents[0].mrz: has 1 lines, allowed are 2 to 3"},
        {"[\"P<UTOERIKSSON\",\"L898902C3\"]", "[\"a\",\"b\",\"c\",\"d\"]",
         "documents[0].mrz: has 4 lines, allowed are 2 to 3"},
        {"\"L898902C3\"", "7", "documents[0].mrz: line 2 is no string (1 to 63 characters)"},
        {"\"L898902C3\"", "\"\"", "documents[0].mrz: line 2 is empty (1 to 63 characters)"},
        {"\"L898902C3\"", "\"A\\nB\"",
         "documents[0].mrz: line 2 has a character outside printable ASCII (1 to 63 characters)"},
        {"\"L898902C3\"", "\"0123456789012345678901234567890123456789012345678901234567890123\"",
         "documents[0].mrz: line 2 is too long (1 to 63 characters)"},
    };
    check_offences(offences, LW_COUNT(offences));
}

static void opening_times_that_are_no_utc_time_are_refused(void **state)
{
    LW_UNUSED(state);
    static const struct offence offences[] = {
        {"2026-01-31T08:15:00.250Z", "2026-02-30T08:15:00Z",
         "opened_utc: \"2026-02-30T08:15:00Z\" is no UTC time as 2026-01-31T08:15:00.000Z"},
        {"2026-01-31T08:15:00.250Z", "2026-01-31T08:15:00+01:00",
         "opened_utc: \"2026-01-31T08:15:00+01:00\" is no UTC time as 2026-01-31T08:15:00.000Z"},
    };
    check_offences(offences, LW_COUNT(offences));
}

static void a_document_has_the_path_of_its_kind(void **state)
{
    LW_UNUSED(state);
    static const struct offence offences[] = {
        {"\"kind\":\"image\"", "\"kind\":\"image\",\"path\":\"d1/\"",
         "documents[0].path: does not go with kind \"image\""},
        {"\"kind\":\"lds\"", "\"kind\":\"lds\",\"portrait\":\"d2.jpg\"",
         "documents[1].portrait: does not go with kind \"lds\""},
    };
    check_offences(offences, LW_COUNT(offences));
}

static struct lw_strbuf manifest_of(int n)
{
    struct lw_strbuf b = LW_STRBUF_INIT;
    for (int i = 0; i < n; i++)
        lw_strbuf_printf(&b, "{\"id\":\"m%d\",\"kind\":\"image\",\"portrait\":\"%d.jpg\"},", i, i);
    return b;
}

static void a_manifest_has_at_most_ten_documents(void **state)
{
    LW_UNUSED(state);
    struct lw_bundle b;
    struct lw_why why = {0};
    for (int more = 8; more <= 9; more++) {
        LW_AUTO_STRBUF docs = manifest_of(more);
        lw_strbuf_puts(&docs, "{\"id\":\"d1\"");
        LW_AUTO_STRBUF t = broken_bundle("{\"id\":\"d1\"", lw_strbuf_peek(&docs));
        int r = lw_bundle_parse(&b, lw_strbuf_span(&t), &why);
        assert_int_equal(r, more == 8 ? LW_OK : LW_EFORMAT);
    }
    assert_string_equal(why.text, "documents: 11 documents: a manifest has at most 10");
    assert_int_equal(b.n_documents, 10);
}

static void duplicate_keys_are_refused(void **state)
{
    LW_UNUSED(state);
    struct lw_bundle b;
    struct lw_why why = {0};
    LW_AUTO_STRBUF t = broken_bundle("\"version\":1", "\"version\":1,\"version\":1");
    CHECK(lw_bundle_parse(&b, lw_strbuf_span(&t), &why) == LW_EFORMAT);
    assert_non_null(strstr(why.text, "line 1"));
}

static void every_reason_has_a_name_and_an_advice(void **state)
{
    LW_UNUSED(state);
    for (int i = 0; i < LW_REASONS; i++) {
        const char *name = lw_reason_name((enum lw_reason)i);
        const char *advice = lw_reason_advice((enum lw_reason)i);
        CHECK(strlen(name) > 3 && name[strspn(name, "abcdefghijklmnopqrstuvwxyz_")] == '\0');
        CHECK(strlen(advice) > 10 && advice[strlen(advice) - 1] == '.');
        for (int j = 0; j < i; j++) {
            CHECK(strcmp(name, lw_reason_name((enum lw_reason)j)) != 0);
            CHECK(strcmp(advice, lw_reason_advice((enum lw_reason)j)) != 0);
        }
    }
    assert_string_equal(lw_reason_name(LW_REASON_EXTRA_PERSON), "extra_person");
    assert_string_equal(lw_view_name(LW_VIEW_RIGHT_SIDE), "right_side");
    assert_string_equal(lw_document_status_name(LW_DOC_NOT_SEEN), "not_seen");
    assert_string_equal(lw_person_class_name(LW_CLASS_MINOR), "minor");
}

/* What the name of a golden file promises: bad_ is no bundle, truth_bad_ a bundle without a
 * readable truth, good_ both. */
static void check_golden(const char *name, struct lw_span json)
{
    struct lw_bundle b;
    struct lw_why why = {0};
    LW_AUTO(lw_truth) t = NULL;
    int r = lw_bundle_parse(&b, json, &why);
    if (strncmp(name, "bad_", 4) == 0) {
        CHECK(r == LW_EFORMAT && why.text[0] && !strchr(why.text, '\n'));
        return;
    }
    assert_int_equal(r, LW_OK);
    r = lw_truth_parse(&t, json, &b, &why);
    if (strncmp(name, "truth_bad_", 10) == 0)
        CHECK(r == LW_EFORMAT && strncmp(why.text, "truth", 5) == 0);
    else
        CHECK(r == (b.has_truth ? LW_OK : LW_ENOTFOUND));
}

static void golden_files_are_refused_as_their_names_say(void **state)
{
    LW_UNUSED(state);
    static const char dir[] = "tests/fuzz/corpus/crossing";
    struct lw_names names = {0};
    CHECK(lw_names_list(&names, dir, 10000, NULL) == LW_OK && names.n >= 30);
    for (size_t i = 0; i < names.n; i++) {
        LW_AUTO_MEM(char) path = NULL;
        LW_AUTO_MEM(uint8_t) data = NULL;
        size_t n = 0;
        CHECK(lw_path_join(dir, names.v[i], &path, NULL) == LW_OK);
        CHECK(lw_file_read(path, LW_MIB, &data, &n, NULL) == LW_OK);
        check_golden(names.v[i], (struct lw_span){.data = data, .n = n});
    }
    lw_names_clear(&names);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_valid_bundle_is_read_whole),
    cmocka_unit_test(what_is_left_out_has_the_documented_default),
    cmocka_unit_test(nobody_has_to_present_a_document),
    cmocka_unit_test(unknown_keys_are_refused_by_name),
    cmocka_unit_test(missing_keys_are_named),
    cmocka_unit_test(a_bundle_without_cameras_or_documents_is_refused),
    cmocka_unit_test(words_outside_an_enumeration_are_refused_with_the_choice),
    cmocka_unit_test(values_of_the_wrong_type_are_refused),
    cmocka_unit_test(another_version_is_refused),
    cmocka_unit_test(paths_that_leave_the_bundle_are_refused),
    cmocka_unit_test(ids_are_unique_and_plain),
    cmocka_unit_test(an_id_may_have_64_characters),
    cmocka_unit_test(frame_rates_out_of_range_are_refused),
    cmocka_unit_test(an_mrz_has_two_or_three_lines_of_text),
    cmocka_unit_test(opening_times_that_are_no_utc_time_are_refused),
    cmocka_unit_test(a_document_has_the_path_of_its_kind),
    cmocka_unit_test(a_manifest_has_at_most_ten_documents),
    cmocka_unit_test(duplicate_keys_are_refused),
    cmocka_unit_test(every_reason_has_a_name_and_an_advice),
    cmocka_unit_test(golden_files_are_refused_as_their_names_say),
};
RUN_TESTS(tests)
