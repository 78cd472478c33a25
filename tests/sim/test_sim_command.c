#include "app/run.h"

#include <signal.h>

#include "base/file.h"
#include "base/json.h"
#include "cam/video.h"
#include "cross/bundle.h"
#include "cross/truth.h"
#include "img/codec.h"
#include "img/geom.h"

/* A folder of people from the sample photographs, made small: of each group the largest face is
 * taken. */
static void make_person(const char *dir, const char *photos, int i)
{
    char path[4096];
    LW_AUTO(lw_image) im = NULL;
    LW_AUTO(lw_image) small = NULL;
    LW_AUTO_MEM(uint8_t) bytes = NULL;
    size_t n;
    snprintf(path, sizeof(path), "%s/sample%d.jpg", photos, i);
    CHECK(lw_image_load(&im, path, NULL, NULL) == LW_OK);
    CHECK(lw_image_resize(&small, im, 640, im->height * 640 / im->width) == LW_OK);
    CHECK(lw_image_encode_jpeg(small, 90, &bytes, &n, NULL) == LW_OK);
    snprintf(path, sizeof(path), "%s/someone-%d", dir, i);
    CHECK(mkdir(path, 0777) == 0);
    snprintf(path, sizeof(path), "%s/someone-%d/01.jpg", dir, i);
    CHECK(lw_file_write(path, (struct lw_span){.data = bytes, .n = n}, NULL) == LW_OK);
}

static void make_people(char dir[32], int n)
{
    const char *photos = test_dir("LW_TEST_PHOTOS");
    temp_make(dir);
    for (int i = 1; i <= n; i++)
        make_person(dir, photos, i);
}

static int simulate(struct run *r, const char *photos, const char *out, const char *preset,
                    const char *seed, const char *threads)
{
    run(r, "sim", "--photos", photos, "--out", out, "--seed", seed, "--count", "2", "--preset",
        preset, "--width", "320", "--height", "180", "--threads", threads, NULL);
    return r->code;
}

static struct lw_span whole_file(const char *a, const char *b, const char *c)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s/%s", a, b, c);
    uint8_t *data = NULL;
    size_t n = 0;
    CHECK(lw_file_read(path, 64 * LW_MIB, &data, &n, NULL) == LW_OK);
    return (struct lw_span){.data = data, .n = n};
}

static bool same_file(const char *a, const char *b, const char *bundle, const char *name)
{
    struct lw_span x = whole_file(a, bundle, name), y = whole_file(b, bundle, name);
    const bool same = x.n == y.n && memcmp(x.data, y.data, x.n) == 0;
    free((void *)(uintptr_t)x.data);
    free((void *)(uintptr_t)y.data);
    return same;
}

static void the_same_seed_gives_the_same_bytes_on_any_number_of_threads(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    LW_UNUSED(photos);
    char people[32], dir[32], a[64], b[64], c[64];
    make_people(people, 4);
    temp_make(dir);
    snprintf(a, sizeof(a), "%s/a", dir);
    snprintf(b, sizeof(b), "%s/b", dir);
    snprintf(c, sizeof(c), "%s/c", dir);
    struct run r;
    CHECK(simulate(&r, people, a, "sample", "7", "1") == 0);
    run_clear(&r);
    CHECK(simulate(&r, people, b, "sample", "7", "2") == 0);
    run_clear(&r);
    CHECK(simulate(&r, people, c, "sample", "8", "2") == 0);
    run_clear(&r);
    static const char *const bundles[] = {"c00000", "c00001"};
    for (size_t i = 0; i < 2; i++) {
        struct lw_names names = {.n = 0};
        char path[128];
        snprintf(path, sizeof(path), "%s/%s", a, bundles[i]);
        CHECK(lw_names_list(&names, path, 100, NULL) == LW_OK && names.n >= 3);
        for (size_t k = 0; k < names.n; k++)
            CHECK(same_file(a, b, bundles[i], names.v[k]));
        lw_names_clear(&names);
        CHECK(!same_file(a, c, bundles[i], "front.mp4"));
        CHECK(!same_file(a, c, bundles[i], "crossing.json"));
    }
    CHECK(temp_count(dir) == 3); /* nothing unfinished stays */
    temp_remove(dir);
    temp_remove(people);
}

struct video {
    int frames, width, height;
};

static struct video look_at(const char *bundle, const char *source)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", bundle, source);
    struct lw_source *s = NULL;
    struct lw_frame f;
    struct video v = {0};
    CHECK(lw_source_open(&s, bundle, path, NULL, NULL) == LW_OK);
    while (lw_source_next(s, &f, NULL) == 1) {
        v.frames++;
        v.width = f.image->width;
        v.height = f.image->height;
        lw_image_unref(&f.image);
    }
    lw_source_close(&s);
    return v;
}

static void check_box(const struct lw_truth_box *b, const struct video *videos)
{
    const struct video *v = &videos[b->camera];
    CHECK(b->frame >= 0 && b->frame < v->frames);
    CHECK(b->w >= 4 && b->h >= 4 && b->x >= 0 && b->y >= 0);
    CHECK(b->x + b->w <= (float)v->width && b->y + b->h <= (float)v->height);
    CHECK(b->visible >= 0.05f && b->visible <= 1.0f);
}

static void check_bundle(const char *dir, size_t *occupants, size_t *boxes)
{
    struct lw_span json = whole_file(dir, ".", "crossing.json");
    struct lw_bundle *b = calloc(1, sizeof(*b));
    LW_AUTO(lw_truth) t = NULL;
    struct lw_why why = {.code = 0};
    CHECK(lw_bundle_parse(b, json, &why) == LW_OK);
    CHECK(b->synthetic && b->has_truth && b->n_cameras >= 1);
    CHECK(lw_truth_parse(&t, json, b, &why) == LW_OK);
    struct video videos[LW_BUNDLE_CAMERAS_MAX];
    for (size_t i = 0; i < b->n_cameras; i++) {
        videos[i] = look_at(dir, b->cameras[i].source);
        CHECK(videos[i].frames >= 10 && videos[i].width == 320 && videos[i].height == 180);
    }
    for (size_t i = 0; i < b->n_documents; i++) {
        struct lw_span p = whole_file(dir, ".", b->documents[i].path);
        CHECK(p.n > 500 && b->documents[i].n_mrz == 2);
        free((void *)(uintptr_t)p.data);
    }
    for (size_t i = 0; i < t->n_occupants; i++) {
        CHECK(t->occupants[i].document < (int)b->n_documents);
        for (size_t k = 0; k < t->occupants[i].n_boxes; k++)
            check_box(&t->occupants[i].boxes[k], videos);
        *boxes += t->occupants[i].n_boxes;
    }
    struct lw_span scene = whole_file(dir, ".", "scene.json");
    LW_AUTO(lw_json_doc) doc = NULL;
    CHECK(lw_json_parse(&doc, scene, NULL) == LW_OK);
    CHECK(lw_json_size(lw_json_get(lw_json_root(doc), "cameras")) == b->n_cameras);
    CHECK(lw_json_size(lw_json_get(lw_json_root(doc), "occupants")) == t->n_occupants);
    CHECK(lw_json_bool(lw_json_get(lw_json_root(doc), "synthetic")));
    free((void *)(uintptr_t)scene.data);
    *occupants += t->n_occupants;
    free((void *)(uintptr_t)json.data);
    free(b);
}

static void bundles_parse_and_their_boxes_lie_in_the_picture(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    LW_UNUSED(photos);
    static const char *const presets[] = {"rear", "night"};
    char people[32], dir[32], out[64], bundle[96];
    make_people(people, 6);
    temp_make(dir);
    size_t occupants = 0, boxes = 0;
    for (size_t i = 0; i < LW_COUNT(presets); i++) {
        snprintf(out, sizeof(out), "%s/%s", dir, presets[i]);
        struct run r;
        CHECK(simulate(&r, people, out, presets[i], "3", "2") == 0 && r.err[0] == '\0');
        run_clear(&r);
        for (int k = 0; k < 2; k++) {
            snprintf(bundle, sizeof(bundle), "%s/c%05d", out, k);
            check_bundle(bundle, &occupants, &boxes);
        }
    }
    CHECK(occupants >= 6 && boxes >= 60);
    temp_remove(dir);
    temp_remove(people);
}

/* Everything that is wrong before a picture is made. */
static void refuse(const char *photos, const char *out, const char *preset, const char *word)
{
    struct run r;
    CHECK(simulate(&r, photos, out, preset, "1", "1") == 2);
    CHECK(one_line(r.err) && strstr(r.err, word) && r.out[0] == '\0');
    run_clear(&r);
}

static void wrong_input_is_one_line_and_leaves_nothing(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    char people[32], dir[32], out[64], empty[64], busy[64];
    make_people(people, 1);
    temp_make(dir);
    snprintf(out, sizeof(out), "%s/out", dir);
    snprintf(empty, sizeof(empty), "%s/empty", dir);
    snprintf(busy, sizeof(busy), "%s/busy", dir);
    CHECK(mkdir(empty, 0777) == 0 && mkdir(busy, 0777) == 0);
    temp_write(busy, "note.txt", "keep", 4);
    refuse(people, out, "sunny", "sunny");
    refuse(empty, out, "day", "empty");
    refuse("/nonexistent", out, "day", "/nonexistent");
    refuse(photos, out, "day", "DIR/person/photo.jpg"); /* pictures without a folder each */
    refuse(people, busy, "day", "not empty");
    CHECK(temp_count(dir) == 2 && temp_count(busy) == 1);
    temp_remove(dir);
    temp_remove(people);
}

/* Until the set is under way: its unfinished folder is there and has a bundle. */
static void wait_for_work(const char *dir, pid_t pid)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/out.part-%ld/c00000", dir, (long)pid);
    for (int i = 0; i < 3000 && access(path, F_OK) != 0; i++)
        usleep(10000);
    CHECK(access(path, F_OK) == 0);
}

static void interrupted(int sig)
{
    char people[32], dir[32], out[64];
    int status = 0;
    make_people(people, 2);
    temp_make(dir);
    snprintf(out, sizeof(out), "%s/out", dir);
    fflush(stdout);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        const int quiet = open("/dev/null", O_WRONLY);
        if (quiet >= 0 && dup2(quiet, 2) == 2)
            execl(getenv("LANEWISE"), "lanewise", "sim", "--photos", people, "--out", out,
                  "--count", "1000", "--width", "320", "--height", "180", (char *)NULL);
        _exit(127);
    }
    wait_for_work(dir, pid);
    kill(pid, sig);
    CHECK(waitpid(pid, &status, 0) == pid);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 2);
    CHECK(temp_count(dir) == 0);
    temp_remove(dir);
    temp_remove(people);
}

static void an_interrupted_set_leaves_nothing(void **state)
{
    LW_UNUSED(state);
    NEED_DIR(photos, "LW_TEST_PHOTOS");
    LW_UNUSED(photos);
    interrupted(SIGINT);
    interrupted(SIGTERM);
}

static void photographs_without_a_face_are_a_fault(void **state)
{
    LW_UNUSED(state);
    char people[32], person[64], dir[32], out[64];
    temp_make(people);
    temp_make(dir);
    snprintf(person, sizeof(person), "%s/nobody", people);
    CHECK(mkdir(person, 0777) == 0);
    temp_write(person, "a.jpg", "no picture", 10);
    snprintf(out, sizeof(out), "%s/out", dir);
    refuse(people, out, "sample", "no photograph shows a face");
    CHECK(temp_count(dir) == 0);
    temp_remove(people);
    temp_remove(dir);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(the_same_seed_gives_the_same_bytes_on_any_number_of_threads),
    cmocka_unit_test(bundles_parse_and_their_boxes_lie_in_the_picture),
    cmocka_unit_test(wrong_input_is_one_line_and_leaves_nothing),
    cmocka_unit_test(an_interrupted_set_leaves_nothing),
    cmocka_unit_test(photographs_without_a_face_are_a_fault),
};
RUN_TESTS(tests)
