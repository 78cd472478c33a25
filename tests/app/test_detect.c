#include "run.h"

#include "base/json.h"

static const struct lw_json *parse_line(struct lw_json_doc **doc, const char *text, size_t n)
{
    struct lw_why why = {0};
    if (lw_json_parse(doc, (struct lw_span){(const uint8_t *)text, n}, &why) < 0)
        fail_msg("%s", why.text);
    return lw_json_root(*doc);
}

static void a_line_has_the_keys_of_the_contract(void **state)
{
    (void)state;
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    NEED_DIR(models, "LW_TEST_MODELS");
    (void)models;
    static const char *const file_keys[] = {"file", "width", "height", "faces", NULL};
    static const char *const face_keys[] = {"box",          "score",      "landmarks", "eyes",
                                            "inter_eye_px", "yaw_deg",    "pitch_deg", "roll_deg",
                                            "quality",      "components", NULL};
    struct run r;
    char photo[4096];
    LW_AUTO(lw_json_doc) doc = NULL;
    snprintf(photo, sizeof(photo), "%s/sample5.jpg", photos);
    run(&r, "detect", photo, "--json", NULL);
    assert_int_equal(r.code, 0);
    CHECK(one_line(r.out));
    const struct lw_json *root = parse_line(&doc, r.out, r.n_out);
    CHECK(lw_json_only(root, file_keys, "line", NULL) == LW_OK && lw_json_size(root) == 4);
    CHECK(lw_json_int(lw_json_get(root, "width")) == 1920);
    const struct lw_json *faces = lw_json_get(root, "faces");
    CHECK(lw_json_size(faces) == 5);
    const struct lw_json *face = lw_json_at(faces, 0);
    CHECK(lw_json_only(face, face_keys, "face", NULL) == LW_OK && lw_json_size(face) == 10);
    CHECK(lw_json_size(lw_json_get(face, "box")) == 4);
    CHECK(lw_json_size(lw_json_get(face, "landmarks")) == 68);
    CHECK(lw_json_size(lw_json_get(face, "eyes")) == 2);
    const struct lw_json *c = lw_json_get(lw_json_get(face, "components"), "head_pose_yaw");
    CHECK(lw_json_get(c, "native") && lw_json_get(c, "scalar"));
    c = lw_json_get(lw_json_get(face, "components"), "sharpness");
    CHECK(lw_json_type(lw_json_get(c, "scalar")) == LW_JSON_NULL);
    run_clear(&r);
}

static void many_files_are_answered_in_their_order_and_a_bad_one_does_not_stop_them(void **state)
{
    (void)state;
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    NEED_DIR(models, "LW_TEST_MODELS");
    (void)models;
    struct run r;
    char a[4096], b[4096];
    snprintf(a, sizeof(a), "%s/sample2.jpg", photos);
    snprintf(b, sizeof(b), "%s/sample1.jpg", photos);
    run(&r, "detect", a, "missing.jpg", b, "--json", "--threads", "3", NULL);
    assert_int_equal(r.code, 2);
    CHECK(one_line(r.err) && strstr(r.err, "missing.jpg"));
    const char *first = strstr(r.out, "sample2.jpg"), *second = strstr(r.out, "sample1.jpg");
    CHECK(first && second && first < second);
    run_clear(&r);
}

static void crops_of_two_files_with_one_name_are_refused(void **state)
{
    (void)state;
    struct run r;
    char dir[32];
    temp_make(dir);
    run(&r, "detect", "a/x.jpg", "b/x.png", "--crops", dir, NULL);
    assert_int_equal(r.code, 2);
    CHECK(one_line(r.err) && strstr(r.err, "a/x.jpg") && strstr(r.err, "b/x.png"));
    assert_int_equal(temp_count(dir), 0);
    run_clear(&r);
    temp_remove(dir);
}

static void copy_file(const char *from_dir, const char *name, const char *to_dir)
{
    static char bytes[8 << 20];
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", from_dir, name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(bytes, 1, sizeof(bytes), f);
    fclose(f);
    temp_write(to_dir, name, bytes, n);
}

static void a_model_with_one_byte_changed_stops_every_command(void **state)
{
    (void)state;
    NEED_DIR(models, "LW_TEST_MODELS");
    struct run r;
    char dir[32], path[64];
    temp_make(dir);
    copy_file(models, "fr_detect.onnx", dir);
    copy_file(models, "fr_landmark.onnx", dir);
    copy_file(models, "fr_feature.onnx", dir);
    run(&r, "doctor", "--models", dir, NULL);
    CHECK(strstr(r.out, "fr_feature.onnx") && !strstr(r.out, "!! embedding"));
    run_clear(&r);
    snprintf(path, sizeof(path), "%s/fr_feature.onnx", dir);
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    CHECK(fseek(f, 3000000, SEEK_SET) == 0);
    int c = fgetc(f);
    CHECK(fseek(f, 3000000, SEEK_SET) == 0 && fputc(c ^ 0x10, f) != EOF && fclose(f) == 0);
    run(&r, "match", "a.jpg", "b.jpg", "--models", dir, NULL);
    assert_int_equal(r.code, 2);
    CHECK(one_line(r.err) && strstr(r.err, path) && strstr(r.err, "sha256"));
    run_clear(&r);
    run(&r, "doctor", "--models", dir, NULL);
    assert_int_equal(r.code, 1);
    CHECK(strstr(r.out, "!! embedding") && strstr(r.out, "sha256"));
    run_clear(&r);
    temp_remove(dir);
    run(&r, "detect", "a.jpg", "--models", "/nowhere", NULL);
    assert_int_equal(r.code, 2);
    CHECK(one_line(r.err) && strstr(r.err, "/nowhere"));
    run_clear(&r);
}

static void another_matcher_can_be_named_on_the_command_line(void **state)
{
    (void)state;
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    NEED_DIR(models, "LW_TEST_MODELS");
    (void)models;
    struct run r;
    char photo[4096];
    const char *matcher = getenv("LW_TEST_MATCHER");
    assert_non_null(matcher);
    snprintf(photo, sizeof(photo), "%s/sample5.jpg", photos);
    run(&r, "match", photo, photo, "--matcher", matcher, "--fmr", "0.01", "--json", NULL);
    assert_int_equal(r.code, 0);
    CHECK(strstr(r.out, "\"model\":\"fake-colour-1\""));
    run_clear(&r);
    run(&r, "match", photo, photo, "--matcher", matcher, NULL); /* 1e-4 was never measured */
    assert_int_equal(r.code, 2);
    CHECK(one_line(r.err) && strstr(r.err, "fake-colour-1"));
    run_clear(&r);
    run(&r, "match", photo, photo, "--matcher", matcher, "--matcher-config", "refuse", NULL);
    assert_int_equal(r.code, 2);
    CHECK(one_line(r.err) && strstr(r.err, "no licence"));
    run_clear(&r);
}

/* Some builds of the runtime keep a database of what was run in the home folder, read the command
 * line and overflow their stack when it is long. */
static void the_runtime_keeps_nothing_in_the_home_folder(void **state)
{
    (void)state;
    NEED_DIR(models, "LW_TEST_MODELS");
    (void)models;
    enum { MANY = 30 };
    static const unsigned char pixel[] = {WHITE_PIXEL_PNG};
    struct run r;
    char home[32], pictures[32], cache[64], path[4096] = "";
    const char *argv[MANY + 3] = {"detect"};
    temp_make(home);
    temp_make(pictures);
    temp_write(pictures, "pixel.png", pixel, sizeof(pixel));
    snprintf(cache, sizeof(cache), "%s/cache", home);
    for (int i = 0; i < 1500; i++)
        strcat(path, "/.");
    strcat(strcat(path, pictures), "/pixel.png");
    for (int i = 0; i < MANY; i++)
        argv[1 + i] = path + 2 * i; /* 90 kB of arguments */
    argv[1 + MANY] = "--quiet";
    setenv("HOME", home, 1);
    setenv("XDG_CACHE_HOME", cache, 1);
    run_argv(&r, NULL, argv);
    assert_int_equal(r.code, 0);
    CHECK(strstr(r.out, "1 x 1, 0 faces"));
    assert_int_equal(temp_count(home), 0);
    run_clear(&r);
    temp_remove(home);
    temp_remove(pictures);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(a_line_has_the_keys_of_the_contract),
    cmocka_unit_test(many_files_are_answered_in_their_order_and_a_bad_one_does_not_stop_them),
    cmocka_unit_test(crops_of_two_files_with_one_name_are_refused),
    cmocka_unit_test(a_model_with_one_byte_changed_stops_every_command),
    cmocka_unit_test(another_matcher_can_be_named_on_the_command_line),
    cmocka_unit_test(the_runtime_keeps_nothing_in_the_home_folder),
};
RUN_TESTS(tests)
