#include "movie_fixture.h"

#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>

static const char *const kinds[] = {"mp4", "mkv", "avi"};

static void what_was_written_is_read_in_order(void **state)
{
    LW_UNUSED(state);
    char dir[64], path[96];
    movie_dir(dir);
    for (size_t k = 0; k < LW_COUNT(kinds); k++) {
        snprintf(path, sizeof(path), "%s/a.%s", dir, kinds[k]);
        movie_write(path, 20);
        struct lw_source_info info;
        int frames;
        CHECK(movie_read(path, NULL, &frames, &info, NULL) == 0);
        CHECK(frames == 20 && info.frames_read == 20 && info.frames_bad == 0);
        CHECK(info.width == MOVIE_W && info.height == MOVIE_H && info.fps > 9.9 && info.fps < 10.1);
        CHECK(info.frames_declared == (k == 1 ? -1 : 20));
    }
    movie_dir_remove(dir);
}

static void times_are_those_of_the_frame_rate(void **state)
{
    LW_UNUSED(state);
    char dir[64], path[96];
    movie_dir(dir);
    for (size_t k = 0; k < LW_COUNT(kinds); k++) {
        snprintf(path, sizeof(path), "%s/a.%s", dir, kinds[k]);
        movie_write(path, 5);
        struct lw_source *s = NULL;
        struct lw_frame f;
        CHECK(lw_source_open(&s, dir, path, NULL, NULL) == LW_OK);
        for (int i = 0; i < 5; i++) {
            CHECK(lw_source_next(s, &f, NULL) == 1 && f.index == i);
            CHECK(llabs(f.t_ns - i * 100 * LW_MS) < 2 * LW_MS);
            lw_image_unref(&f.image);
        }
        CHECK(lw_source_next(s, &f, NULL) == 0 && lw_source_next(s, &f, NULL) == 0);
        lw_source_close(&s);
    }
    movie_dir_remove(dir);
}

static void colours_come_back(void **state)
{
    LW_UNUSED(state);
    char dir[64], path[96];
    movie_dir(dir);
    snprintf(path, sizeof(path), "%s/a.mp4", dir);
    movie_write(path, 2);
    struct lw_source *s = NULL;
    struct lw_frame f;
    CHECK(lw_source_open(&s, NULL, path, NULL, NULL) == LW_OK);
    CHECK(lw_source_next(s, &f, NULL) == 1);
    const uint8_t *p = lw_image_crow(f.image, 120) + 3 * 100;
    CHECK(abs(p[0] - 160) <= 4 && abs(p[1] - 40) <= 4 && abs(p[2] - 30) <= 4);
    CHECK(((uintptr_t)f.image->data & 63) == 0 && f.image->stride % 64 == 0);
    lw_image_unref(&f.image);
    lw_source_close(&s);
    movie_dir_remove(dir);
}

static void the_same_frames_give_the_same_bytes(void **state)
{
    LW_UNUSED(state);
    char dir[64], path[2][96];
    movie_dir(dir);
    for (size_t k = 0; k < LW_COUNT(kinds); k++) {
        struct lw_span b[2];
        for (int i = 0; i < 2; i++) {
            snprintf(path[i], sizeof(path[i]), "%s/%d.%s", dir, i, kinds[k]);
            movie_write(path[i], 12);
            b[i] = movie_bytes(path[i]);
        }
        mallopt(M_PERTURB, 0);
        CHECK(b[0].n == b[1].n && memcmp(b[0].data, b[1].data, b[0].n) == 0);
        free((void *)(uintptr_t)b[0].data);
        free((void *)(uintptr_t)b[1].data);
    }
    movie_dir_remove(dir);
}

static void write_noise(const char *path)
{
    struct lw_video_writer *w = NULL;
    const struct lw_video_writer_opts o = {.width = 480, .height = 270, .fps = 10, .crf = 21};
    CHECK(lw_video_writer_open(&w, path, &o, NULL) == LW_OK);
    for (uint32_t k = 0; k < 5; k++) {
        struct lw_image *im = NULL;
        CHECK(lw_image_new(&im, LW_PIX_RGB8, o.width, o.height) == LW_OK);
        uint32_t x = 1 + k;
        for (size_t i = 0; i < im->stride * (size_t)im->height; i++) {
            x = x * 1103515245u + 12345u;
            im->data[i] = (uint8_t)(x >> 16 & 0x3f);
        }
        CHECK(lw_video_writer_put(w, im, NULL) == LW_OK);
        lw_image_unref(&im);
    }
    CHECK(lw_video_writer_finish(&w, NULL) == LW_OK);
}

/* An encoder that reads memory it never wrote gives other bytes from run to run. */
static void the_bytes_do_not_depend_on_what_fresh_memory_holds(void **state)
{
    LW_UNUSED(state);
    char dir[64], path[96];
    struct lw_span b[2];
    movie_dir(dir);
    snprintf(path, sizeof(path), "%s/a.mp4", dir);
    for (int i = 0; i < 2; i++) {
        mallopt(M_PERTURB, i ? 0xAA : 0x11);
        write_noise(path);
        b[i] = movie_bytes(path);
    }
    mallopt(M_PERTURB, 0);
    CHECK(b[0].n == b[1].n && memcmp(b[0].data, b[1].data, b[0].n) == 0);
    free((void *)(uintptr_t)b[0].data);
    free((void *)(uintptr_t)b[1].data);
    movie_dir_remove(dir);
}

/* However short the file: the frames that come are right, and the end is a fault. */
static void a_cut_file_gives_its_good_frames_and_then_a_fault(void **state)
{
    LW_UNUSED(state);
    char dir[64], path[96], cut[96];
    movie_dir(dir);
    for (size_t k = 0; k < LW_COUNT(kinds); k++) {
        snprintf(path, sizeof(path), "%s/whole.%s", dir, kinds[k]);
        snprintf(cut, sizeof(cut), "%s/cut.%s", dir, kinds[k]);
        movie_write(path, 24);
        struct lw_span b = movie_bytes(path);
        int most = 0;
        for (int i = 0; i < 60; i++) {
            const size_t n = b.n - 1 - (size_t)i * b.n / 60;
            CHECK(lw_file_write(cut, (struct lw_span){.data = b.data, .n = n}, NULL) == LW_OK);
            struct lw_why why = {.code = 0};
            int frames;
            const int r = movie_read(cut, NULL, &frames, NULL, &why);
            if (r >= 0)
                print_message("%s cut to %zu of %zu: no fault\n", kinds[k], n, b.n);
            CHECK(r == LW_ETRUNC || r == LW_EFORMAT);
            CHECK(why.code == r && why.text[0] && frames <= 24);
            most = frames > most ? frames : most;
        }
        CHECK(most >= 20);
        free((void *)(uintptr_t)b.data);
    }
    movie_dir_remove(dir);
}

static void an_mp4_without_its_index_is_a_fault_at_opening(void **state)
{
    LW_UNUSED(state);
    char dir[64], path[96];
    movie_dir(dir);
    snprintf(path, sizeof(path), "%s/a.mp4", dir);
    movie_write(path, 8);
    struct lw_span b = movie_bytes(path);
    uint8_t *bytes = (uint8_t *)(uintptr_t)b.data;
    uint8_t *moov = memmem(bytes, b.n, "moov", 4);
    CHECK(moov != NULL);
    memcpy(moov, "skip", 4);
    CHECK(lw_file_write(path, b, NULL) == LW_OK);
    struct lw_source *s = NULL;
    struct lw_why why;
    CHECK(lw_source_open(&s, NULL, path, NULL, &why) < 0 && s == NULL);
    CHECK(strstr(why.text, "a.mp4") != NULL);
    free(bytes);
    movie_dir_remove(dir);
}

static void damaged_bytes_end_in_frames_or_a_fault_but_never_badly(void **state)
{
    LW_UNUSED(state);
    char dir[64], path[96];
    movie_dir(dir);
    for (size_t k = 0; k < LW_COUNT(kinds); k++) {
        snprintf(path, sizeof(path), "%s/a.%s", dir, kinds[k]);
        movie_write(path, 12);
        struct lw_span b = movie_bytes(path);
        uint8_t *bytes = (uint8_t *)(uintptr_t)b.data;
        for (size_t i = 0; i < 80; i++) {
            const size_t at = i * b.n / 80;
            bytes[at] ^= 0x5A;
            CHECK(lw_file_write(path, b, NULL) == LW_OK);
            bytes[at] ^= 0x5A;
            struct lw_source *s = NULL;
            struct lw_frame f;
            if (lw_source_open(&s, NULL, path, NULL, NULL) < 0)
                continue;
            int64_t last = -1;
            int n = 0;
            while (n < 1000 && lw_source_next(s, &f, NULL) == 1) {
                CHECK(f.index > last);
                last = f.index;
                lw_image_unref(&f.image);
                n++;
            }
            CHECK(n < 1000);
            lw_source_close(&s);
        }
        free(bytes);
    }
    movie_dir_remove(dir);
}

static void other_files_and_addresses_are_refused(void **state)
{
    LW_UNUSED(state);
    char dir[64], path[96];
    movie_dir(dir);
    snprintf(path, sizeof(path), "%s/real.mp4", dir);
    movie_write(path, 3);
    static const char *const texts[] = {
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nreal.mp4\n#EXT-X-ENDLIST\n",
        "ffconcat version 1.0\nfile real.mp4\n", "just a few words, no film at all", "RIFF",
        "\x1A\x45\xDF\xA3"};
    snprintf(path, sizeof(path), "%s/a.mp4", dir);
    for (size_t i = 0; i < LW_COUNT(texts); i++) {
        const struct lw_span t = {.data = (const uint8_t *)texts[i], .n = strlen(texts[i])};
        CHECK(lw_file_write(path, t, NULL) == LW_OK);
        struct lw_source *s = NULL;
        struct lw_why why = {.code = 0};
        CHECK(lw_source_open(&s, NULL, path, NULL, &why) < 0 && s == NULL);
        CHECK(why.code < 0 && strstr(why.text, path) != NULL);
    }
    struct lw_source *s = NULL;
    CHECK(lw_source_open(&s, NULL, "http://127.0.0.1:9/a.mp4", NULL, NULL) == LW_ENOTFOUND);
    CHECK(lw_source_open(&s, NULL, "concat:a.mp4", NULL, NULL) == LW_ENOTFOUND);
    CHECK(lw_source_open(&s, NULL, dir, NULL, NULL) == LW_EIO);
    CHECK(lw_source_open(&s, "/usr", path, NULL, NULL) == LW_EFORMAT);
    movie_dir_remove(dir);
}

static void pipes_and_empty_files_are_refused_at_once(void **state)
{
    LW_UNUSED(state);
    char dir[64], path[96];
    movie_dir(dir);
    snprintf(path, sizeof(path), "%s/pipe.mp4", dir);
    CHECK(mkfifo(path, 0600) == 0);
    struct lw_source *s = NULL;
    CHECK(lw_source_open(&s, NULL, path, NULL, NULL) == LW_EIO);
    snprintf(path, sizeof(path), "%s/empty.mp4", dir);
    CHECK(lw_file_write(path, (struct lw_span){.data = NULL, .n = 0}, NULL) == LW_OK);
    CHECK(lw_source_open(&s, NULL, path, NULL, NULL) == LW_ETRUNC);
    movie_dir_remove(dir);
}

static void limits_on_sides_and_frames_hold(void **state)
{
    LW_UNUSED(state);
    char dir[64], path[96];
    movie_dir(dir);
    snprintf(path, sizeof(path), "%s/a.mp4", dir);
    movie_write(path, 9);
    struct lw_source_opts o = LW_SOURCE_DEFAULTS;
    struct lw_why why;
    int frames;
    o.max_frames = 9;
    CHECK(movie_read(path, &o, &frames, NULL, &why) == 0 && frames == 9);
    o.max_frames = 8;
    CHECK(movie_read(path, &o, &frames, NULL, &why) == LW_ELIMIT && frames == 8);
    o = LW_SOURCE_DEFAULTS;
    o.max_side = MOVIE_W - 1;
    CHECK(movie_read(path, &o, &frames, NULL, &why) == LW_ELIMIT && frames == 0);
    o.max_side = 8;
    CHECK(movie_read(path, &o, &frames, NULL, &why) == LW_EINVAL);
    movie_dir_remove(dir);
}

static void several_decoder_threads_give_the_same_frames(void **state)
{
    LW_UNUSED(state);
    char dir[64], path[96];
    movie_dir(dir);
    snprintf(path, sizeof(path), "%s/a.mp4", dir);
    movie_write(path, 20);
    struct lw_source_opts o = LW_SOURCE_DEFAULTS;
    o.threads = 3;
    int frames;
    CHECK(movie_read(path, &o, &frames, NULL, NULL) == 0 && frames == 20);
    movie_dir_remove(dir);
}

/* tkhd of version 0: 4 version and flags, 5x4 times, id, reserved, duration, 8 reserved, 4x2
 * layer..., then the matrix (ISO/IEC 14496-12 8.3.2). */
static void a_film_marked_as_turned_is_given_upright(void **state)
{
    LW_UNUSED(state);
    static const uint8_t quarter[36] = {0,    0,    0, 0, 0, 1, 0, 0, 0,    0, 0, 0,
                                        0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0,    0, 0, 0,
                                        0,    0,    0, 0, 0, 0, 0, 0, 0x40, 0, 0, 0};
    char dir[64], path[96];
    movie_dir(dir);
    snprintf(path, sizeof(path), "%s/a.mp4", dir);
    movie_write(path, 2);
    struct lw_span b = movie_bytes(path);
    uint8_t *bytes = (uint8_t *)(uintptr_t)b.data;
    uint8_t *tkhd = memmem(bytes, b.n, "tkhd", 4);
    CHECK(tkhd && tkhd[4] == 0);
    memcpy(tkhd + 4 + 4 + 20 + 8 + 8, quarter, sizeof(quarter));
    CHECK(lw_file_write(path, b, NULL) == LW_OK);
    struct lw_source *s = NULL;
    struct lw_frame f;
    struct lw_source_info info;
    CHECK(lw_source_open(&s, NULL, path, NULL, NULL) == LW_OK);
    lw_source_info(s, &info);
    CHECK(info.width == MOVIE_H && info.height == MOVIE_W);
    CHECK(lw_source_next(s, &f, NULL) == 1);
    CHECK(f.image->width == MOVIE_H && f.image->height == MOVIE_W);
    /* A quarter turn clockwise takes the square at (0..24, 40..64) to (H-64..H-40, 0..24). */
    const uint8_t *inside = lw_image_crow(f.image, 10) + 3 * (MOVIE_H - 52);
    const uint8_t *outside = lw_image_crow(f.image, 100) + 3 * (MOVIE_H - 52);
    CHECK(inside[1] > 200 && outside[1] < 80);
    lw_image_unref(&f.image);
    lw_source_close(&s);
    free(bytes);
    movie_dir_remove(dir);
}

static bool is_empty(const char *dir)
{
    struct lw_names names;
    CHECK(lw_names_list(&names, dir, 100, NULL) == LW_OK);
    const bool empty = names.n == 0;
    lw_names_clear(&names);
    return empty;
}

static void a_writer_that_is_given_up_leaves_no_file(void **state)
{
    LW_UNUSED(state);
    char dir[64], path[96];
    movie_dir(dir);
    snprintf(path, sizeof(path), "%s/a.mp4", dir);
    struct lw_video_writer *w = NULL;
    struct lw_video_writer_opts o = {.width = MOVIE_W, .height = MOVIE_H, .fps = 10, .crf = 20};
    CHECK(lw_video_writer_open(&w, path, &o, NULL) == LW_OK);
    struct lw_image *im = movie_frame(0, MOVIE_W, MOVIE_H), *odd = movie_frame(0, 80, 80);
    struct lw_why why;
    CHECK(lw_video_writer_put(w, im, &why) == LW_OK);
    CHECK(lw_video_writer_put(w, odd, &why) == LW_EINVAL && strstr(why.text, "80x80"));
    lw_video_writer_abort(&w);
    CHECK(w == NULL && is_empty(dir));
    lw_image_unref(&im);
    lw_image_unref(&odd);
    movie_dir_remove(dir);
}

static void a_full_disk_leaves_no_file(void **state)
{
    LW_UNUSED(state);
    char dir[64], path[96];
    movie_dir(dir);
    snprintf(path, sizeof(path), "%s/a.mp4", dir);
    struct lw_video_writer *w = NULL;
    struct lw_video_writer_opts o = {.width = MOVIE_W, .height = MOVIE_H, .fps = 10, .crf = 0};
    struct rlimit old;
    CHECK(getrlimit(RLIMIT_FSIZE, &old) == 0);
    const struct rlimit small = {.rlim_cur = 2000, .rlim_max = old.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    CHECK(lw_video_writer_open(&w, path, &o, NULL) == LW_OK);
    CHECK(setrlimit(RLIMIT_FSIZE, &small) == 0);
    int r = LW_OK;
    for (int i = 0; i < 20 && r == LW_OK; i++) {
        struct lw_image *im = movie_frame(i, MOVIE_W, MOVIE_H);
        r = lw_video_writer_put(w, im, NULL);
        lw_image_unref(&im);
    }
    const int f = lw_video_writer_finish(&w, NULL);
    CHECK(setrlimit(RLIMIT_FSIZE, &old) == 0);
    CHECK((r < 0 || f < 0) && w == NULL && is_empty(dir));
    movie_dir_remove(dir);
}

static void a_writer_refuses_what_it_cannot_write(void **state)
{
    LW_UNUSED(state);
    struct lw_video_writer *w = NULL;
    struct lw_video_writer_opts o = LW_VIDEO_WRITER_DEFAULTS;
    CHECK(lw_video_writer_open(&w, "/tmp/a.gif", &o, NULL) == LW_EUNSUP);
    CHECK(lw_video_writer_open(&w, "/nonexistent/a.mp4", &o, NULL) < 0);
    o.width = 17;
    CHECK(lw_video_writer_open(&w, "/tmp/a.mp4", &o, NULL) == LW_EINVAL && w == NULL);
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(what_was_written_is_read_in_order),
    cmocka_unit_test(times_are_those_of_the_frame_rate),
    cmocka_unit_test(colours_come_back),
    cmocka_unit_test(the_same_frames_give_the_same_bytes),
    cmocka_unit_test(the_bytes_do_not_depend_on_what_fresh_memory_holds),
    cmocka_unit_test(a_cut_file_gives_its_good_frames_and_then_a_fault),
    cmocka_unit_test(an_mp4_without_its_index_is_a_fault_at_opening),
    cmocka_unit_test(damaged_bytes_end_in_frames_or_a_fault_but_never_badly),
    cmocka_unit_test(other_files_and_addresses_are_refused),
    cmocka_unit_test(pipes_and_empty_files_are_refused_at_once),
    cmocka_unit_test(limits_on_sides_and_frames_hold),
    cmocka_unit_test(several_decoder_threads_give_the_same_frames),
    cmocka_unit_test(a_film_marked_as_turned_is_given_upright),
    cmocka_unit_test(a_writer_that_is_given_up_leaves_no_file),
    cmocka_unit_test(a_full_disk_leaves_no_file),
    cmocka_unit_test(a_writer_refuses_what_it_cannot_write),
};
RUN_TESTS(tests)
