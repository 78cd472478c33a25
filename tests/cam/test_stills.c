#include "movie_fixture.h"

#include "img/codec.h"

static void put_still(const char *dir, const char *name, int number, int w, int h)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    struct lw_image *im = movie_frame(number, w, h);
    uint8_t *bytes = NULL;
    size_t n = 0;
    CHECK(lw_image_encode_jpeg(im, 92, &bytes, &n, NULL) == LW_OK);
    CHECK(lw_file_write(path, (struct lw_span){.data = bytes, .n = n}, NULL) == LW_OK);
    free(bytes);
    lw_image_unref(&im);
}

static void put_text(const char *dir, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    const struct lw_span t = {.data = (const uint8_t *)text, .n = strlen(text)};
    CHECK(lw_file_write(path, t, NULL) == LW_OK);
}

static void stills_come_in_bytewise_order(void **state)
{
    LW_UNUSED(state);
    char dir[64], glob[96];
    movie_dir(dir);
    put_still(dir, "f_2.jpg", 2, MOVIE_W, MOVIE_H);
    put_still(dir, "f_10.jpg", 1, MOVIE_W, MOVIE_H);
    put_still(dir, "f_1.jpg", 0, MOVIE_W, MOVIE_H);
    put_text(dir, "other.txt", "not asked for");
    snprintf(glob, sizeof(glob), "%s/f_*.jpg", dir);
    struct lw_source_opts o = LW_SOURCE_DEFAULTS;
    o.fps = 4;
    struct lw_source *s = NULL;
    struct lw_frame f;
    CHECK(lw_source_open(&s, dir, glob, &o, NULL) == LW_OK);
    for (int i = 0; i < 3; i++) { /* '.' (0x2E) stands before '0' (0x30) */
        CHECK(lw_source_next(s, &f, NULL) == 1 && f.index == i && f.t_ns == i * 250 * LW_MS);
        CHECK(movie_number(f.image) == i);
        lw_image_unref(&f.image);
    }
    CHECK(lw_source_next(s, &f, NULL) == 0);
    lw_source_close(&s);
    movie_dir_remove(dir);
}

static void a_bad_still_is_counted_and_keeps_its_index(void **state)
{
    LW_UNUSED(state);
    char dir[64], glob[96];
    movie_dir(dir);
    put_still(dir, "0.jpg", 0, MOVIE_W, MOVIE_H);
    put_text(dir, "1.jpg", "no picture");
    put_still(dir, "2.jpg", 2, 2 * MOVIE_W, MOVIE_H);
    put_still(dir, "3.jpg", 3, MOVIE_W, MOVIE_H);
    snprintf(glob, sizeof(glob), "%s/?.jpg", dir);
    int frames;
    struct lw_source_info info;
    CHECK(movie_read(glob, NULL, &frames, &info, NULL) == 0); /* checks index against number */
    CHECK(frames == 2 && info.frames_bad == 2 && info.frames_declared == 4);
    CHECK(info.bad.code < 0 && strstr(info.bad.text, "1.jpg"));
    movie_dir_remove(dir);
}

static void a_source_without_one_readable_still_is_a_fault(void **state)
{
    LW_UNUSED(state);
    char dir[64], glob[96];
    movie_dir(dir);
    put_text(dir, "1.jpg", "no picture");
    put_text(dir, "2.jpg", "");
    snprintf(glob, sizeof(glob), "%s/*.jpg", dir);
    int frames;
    struct lw_why why;
    CHECK(movie_read(glob, NULL, &frames, NULL, &why) < 0 && strstr(why.text, "1.jpg"));
    movie_dir_remove(dir);
}

static void a_single_still_is_a_source_of_one_frame(void **state)
{
    LW_UNUSED(state);
    char dir[64], path[96];
    movie_dir(dir);
    put_still(dir, "a[1].jpg", 0, MOVIE_W, MOVIE_H);
    snprintf(path, sizeof(path), "%s/a[1].jpg", dir);
    int frames;
    CHECK(movie_read(path, NULL, &frames, NULL, NULL) == 0 && frames == 1);
    movie_dir_remove(dir);
}

static void a_glob_without_matches_or_over_folders_is_refused(void **state)
{
    LW_UNUSED(state);
    char dir[64], glob[96];
    movie_dir(dir);
    struct lw_source *s = NULL;
    struct lw_why why;
    snprintf(glob, sizeof(glob), "%s/*.jpg", dir);
    CHECK(lw_source_open(&s, NULL, glob, NULL, &why) == LW_ENOTFOUND && strstr(why.text, "*.jpg"));
    snprintf(glob, sizeof(glob), "%s/*/a.jpg", dir);
    CHECK(lw_source_open(&s, NULL, glob, NULL, &why) == LW_EUNSUP);
    movie_dir_remove(dir);
}

static void a_link_that_leaves_the_folder_is_not_followed(void **state)
{
    LW_UNUSED(state);
    char dir[64], outside[64], glob[96], from[96], to[96];
    movie_dir(dir);
    movie_dir(outside);
    put_still(outside, "x.jpg", 1, MOVIE_W, MOVIE_H);
    put_still(dir, "0.jpg", 0, MOVIE_W, MOVIE_H);
    snprintf(from, sizeof(from), "%s/x.jpg", outside);
    snprintf(to, sizeof(to), "%s/1.jpg", dir);
    CHECK(symlink(from, to) == 0);
    snprintf(glob, sizeof(glob), "%s/*.jpg", dir);
    struct lw_source *s = NULL;
    struct lw_frame f;
    struct lw_source_info info;
    CHECK(lw_source_open(&s, dir, glob, NULL, NULL) == LW_OK);
    CHECK(lw_source_next(s, &f, NULL) == 1 && f.index == 0);
    lw_image_unref(&f.image);
    CHECK(lw_source_next(s, &f, NULL) == 0);
    lw_source_info(s, &info);
    CHECK(info.frames_bad == 1 && strstr(info.bad.text, "1.jpg"));
    lw_source_close(&s);
    movie_dir_remove(dir);
    movie_dir_remove(outside);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(stills_come_in_bytewise_order),
    cmocka_unit_test(a_bad_still_is_counted_and_keeps_its_index),
    cmocka_unit_test(a_source_without_one_readable_still_is_a_fault),
    cmocka_unit_test(a_single_still_is_a_source_of_one_frame),
    cmocka_unit_test(a_glob_without_matches_or_over_folders_is_refused),
    cmocka_unit_test(a_link_that_leaves_the_folder_is_not_followed),
};
RUN_TESTS(tests)
