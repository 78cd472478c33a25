/* tests/app/run.h - run the program as a user would, and look at what it said.
 *
 *     struct run r;
 *     run(&r, "match", photo, "missing.jpg", NULL);
 *     CHECK(r.code == 2 && one_line(r.err) && strstr(r.err, "missing.jpg"));
 *     run_clear(&r);
 */
#ifndef LW_TESTS_APP_RUN_H
#define LW_TESTS_APP_RUN_H

#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* Skip what needs the sample photographs and the networks. */
#define NEED_PHOTOS()                                                                              \
    do {                                                                                           \
        NEED_DIR(unused_photos, "LW_TEST_PHOTOS");                                                 \
        NEED_DIR(unused_models, "LW_TEST_MODELS");                                                 \
        LW_UNUSED(unused_photos);                                                                  \
        LW_UNUSED(unused_models);                                                                  \
    } while (0)

enum { RUN_ARGS_MAX = 40, RUN_OUTPUT_MAX = 64 << 20 };

struct run {
    int code;        /* exit code; 128 + signal where it was killed */
    char *out, *err; /* what it wrote, NUL-terminated */
    size_t n_out;    /* bytes in out */
};

/* A file without a name: gone when it is closed. */
static inline int run_anonymous_file(void)
{
    char path[] = "/tmp/lw-run-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    unlink(path);
    return fd;
}

static inline char *run_read_back(int fd, size_t *n)
{
    struct stat st;
    assert_true(fstat(fd, &st) == 0 && st.st_size <= RUN_OUTPUT_MAX);
    char *text = malloc((size_t)st.st_size + 1);
    assert_non_null(text);
    size_t have = 0;
    while (have < (size_t)st.st_size) {
        ssize_t got = pread(fd, text + have, (size_t)st.st_size - have, (off_t)have);
        assert_true(got > 0);
        have += (size_t)got;
    }
    text[have] = '\0';
    *n = have;
    close(fd);
    return text;
}

/* argv without the program's name, NULL at its end; input may be NULL for an empty one. */
static inline void run_argv(struct run *r, const char *input, const char *const *argv)
{
    const char *program = getenv("LANEWISE");
    assert_non_null(program);
    char *args[RUN_ARGS_MAX + 2] = {(char *)(uintptr_t)program};
    for (int i = 0; argv[i]; i++) {
        assert_true(i < RUN_ARGS_MAX);
        args[i + 1] = (char *)(uintptr_t)argv[i];
    }
    int in = run_anonymous_file(), out = run_anonymous_file(), err = run_anonymous_file();
    if (input)
        assert_true(pwrite(in, input, strlen(input), 0) == (ssize_t)strlen(input));
    fflush(stdout);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        if (dup2(in, 0) == 0 && dup2(out, 1) == 1 && dup2(err, 2) == 2)
            execv(program, args);
        _exit(127);
    }
    int status = 0;
    assert_true(waitpid(pid, &status, 0) == pid);
    size_t n_err;
    close(in);
    r->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    r->out = run_read_back(out, &r->n_out);
    r->err = run_read_back(err, &n_err);
}

/* Arguments one by one. */
#define run(r, ...) run_argv((r), NULL, (const char *const[]){__VA_ARGS__})

static inline void run_clear(struct run *r)
{
    free(r->out);
    free(r->err);
    *r = (struct run){0};
}

/* Exactly one line, newline included? What a wrong input must give on standard error. */
static inline int one_line(const char *text)
{
    const char *end = strchr(text, '\n');
    return end && end > text && end[1] == '\0';
}

/* Make a fresh folder; path is written back (at least 32 bytes). Remove it with temp_remove. */
static inline void temp_make(char *path)
{
    strcpy(path, "/tmp/lw-test-XXXXXX");
    assert_non_null(mkdtemp(path));
}

/* Delete a file or a folder with all that is in it; never follows links. */
static inline void temp_remove(const char *path)
{
    DIR *dir = opendir(path);
    struct stat st;
    if (lstat(path, &st) == 0 && S_ISDIR(st.st_mode) && dir) {
        for (struct dirent *e; (e = readdir(dir));) {
            char inner[4096];
            if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
                continue;
            if (snprintf(inner, sizeof(inner), "%s/%s", path, e->d_name) < (int)sizeof(inner))
                temp_remove(inner);
        }
    }
    if (dir)
        closedir(dir);
    remove(path);
}

static inline size_t temp_count(const char *path)
{
    size_t n = 0;
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));)
        n += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
    closedir(dir);
    return n;
}

static inline void temp_write(const char *dir, const char *name, const void *bytes, size_t n)
{
    char path[4096];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_true(fwrite(bytes, 1, n, f) == n && fclose(f) == 0);
}

/* The bytes of a picture of one white pixel. */
#define WHITE_PIXEL_PNG                                                                            \
    0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0x00, 0x00, 0x00, 0x0d, 0x49, 0x48, 0x44,      \
        0x52, 0x00, 0x00, 0x00, 0x01, 0x00, 0x00, 0x00, 0x01, 0x08, 0x00, 0x00, 0x00, 0x00, 0x3a,  \
        0x7e, 0x9b, 0x55, 0x00, 0x00, 0x00, 0x0a, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8,  \
        0x0f, 0x00, 0x01, 0x01, 0x01, 0x00, 0xb1, 0x38, 0xf6, 0x14, 0x00, 0x00, 0x00, 0x00, 0x49,  \
        0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82

#endif
