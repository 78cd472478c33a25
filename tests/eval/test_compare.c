#include "check.h"

#include <math.h>
#include <sys/stat.h>

#include "base/rng.h"
#include "eval/compare.h"
#include "eval/people.h"

enum { DIM = 512 };

static struct lw_matcher *open_matcher(void)
{
    struct lw_matcher *m = NULL;
    const struct lw_matcher_opts opts = {.cards_dir = test_dir("LW_TEST_CARDS"),
                                         .models_dir = test_dir("LW_TEST_MODELS"),
                                         .threads = 1};
    CHECK(opts.cards_dir && opts.models_dir && lw_matcher_open(&m, &opts, NULL) == LW_OK);
    return m;
}

/* A unit vector around the person's own, `spread` away. */
static struct lw_template *make_template(const struct lw_matcher *m, uint32_t person, double spread,
                                         struct lw_rng *rng)
{
    struct lw_template *t = NULL;
    struct lw_rng own = lw_rng_seed(person);
    double sum = 0;
    CHECK(lw_template_new(&t, lw_matcher_model(m), DIM * sizeof(float)) == LW_OK);
    float *v = (float *)(void *)t->data;
    for (size_t k = 0; k < DIM; k++) {
        v[k] = (float)(lw_rng_gauss(&own) + spread * lw_rng_gauss(rng));
        sum += (double)v[k] * (double)v[k];
    }
    for (size_t k = 0; k < DIM; k++)
        v[k] /= (float)sqrt(sum);
    return t;
}

/* People with 1, 2, 3, 4, 1, 2 ... photos; every 17th photo shows no face. */
static struct lw_photos *make_photos(const struct lw_matcher *m, size_t people)
{
    struct lw_photos *p = NULL;
    struct lw_rng rng = lw_rng_seed(4);
    size_t n = 0, total = 0;
    for (size_t i = 0; i < people; i++)
        total += 1 + i % 4;
    CHECK(lw_photos_new(&p, total) == LW_OK);
    p->people = people;
    for (uint32_t i = 0; i < people; i++)
        for (size_t k = 0; k < 1 + i % 4; k++, n++) {
            p->v[n].person = i;
            if (n % 17 != 16)
                p->v[n].tmpl = make_template(m, i, 1.2, &rng);
        }
    return p;
}

struct counts {
    int64_t genuine, impostor;
    size_t scored_genuine, scored_impostor;
};

static struct counts count_by_hand(const struct lw_photos *p)
{
    struct counts c = {0};
    for (size_t i = 0; i < p->n; i++)
        for (size_t j = i + 1; j < p->n; j++) {
            bool scored = p->v[i].tmpl && p->v[j].tmpl;
            bool same = p->v[i].person == p->v[j].person;
            c.genuine += same;
            c.impostor += !same;
            c.scored_genuine += same && scored;
            c.scored_impostor += !same && scored;
        }
    return c;
}

static bool as_the_matcher_says(const struct lw_photos *p, struct lw_matcher *m,
                                const struct lw_comparison *v, size_t n, bool same)
{
    for (size_t i = 0; i < n; i++) {
        float score;
        if (v[i].a >= v[i].b || (p->v[v[i].a].person == p->v[v[i].b].person) != same)
            return false;
        if (lw_matcher_compare(m, p->v[v[i].a].tmpl, p->v[v[i].b].tmpl, &score, NULL) < 0 ||
            fabsf(score - v[i].score) > 1e-5f || (i && v[i].score > v[i - 1].score))
            return false;
    }
    return true;
}

static void all_photos_are_compared_with_all_others_once(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_matcher) m = open_matcher();
    LW_AUTO(lw_photos) p = make_photos(m, 60);
    const struct counts want = count_by_hand(p);
    const struct lw_compare_opts opts = {.threads = 2, .keep = LW_COMPARE_KEPT};
    struct lw_scores s = {0};
    CHECK(lw_compare_photos(&s, p, m, &opts, NULL) == LW_OK);
    CHECK(s.genuine == want.genuine && s.impostor == want.impostor);
    CHECK(s.n_genuine == want.scored_genuine && s.n_top == want.scored_impostor && s.below == 0);
    CHECK(as_the_matcher_says(p, m, s.matches, s.n_genuine, true));
    CHECK(as_the_matcher_says(p, m, s.top, s.n_top, false));
    lw_scores_clear(&s);
}

static void what_is_not_kept_is_counted_in_bins(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_matcher) m = open_matcher();
    LW_AUTO(lw_photos) p = make_photos(m, 120);
    struct lw_compare_opts opts = {.threads = 2, .keep = LW_COMPARE_KEPT};
    struct lw_scores whole = {0}, s = {0};
    CHECK(lw_compare_photos(&whole, p, m, &opts, NULL) == LW_OK);
    opts.keep = 5000;
    CHECK(lw_compare_photos(&s, p, m, &opts, NULL) == LW_OK);
    CHECK(s.n_top > 4000 && s.n_top < 6000 && s.n_bins == LW_COMPARE_BINS);
    CHECK(s.n_top + (size_t)s.below == whole.n_top && s.n_genuine == whole.n_genuine);
    int64_t sum = 0;
    for (size_t i = 0; i < s.n_bins; i++)
        sum += s.bins[i];
    CHECK(sum == s.below);
    for (size_t i = 0; i < s.n_top; i++)
        CHECK(s.top[i].score == whole.top[i].score);
    for (int64_t allowed = 1; allowed < (int64_t)whole.n_top; allowed += 997) {
        float exact = lw_scores_threshold(&whole, allowed), t = lw_scores_threshold(&s, allowed);
        CHECK(t >= exact && t - exact < 1e-4f);
        CHECK(lw_scores_impostor_at(&whole, (double)t) <= allowed);
    }
    lw_scores_clear(&whole);
    lw_scores_clear(&s);
}

/* Templates that are no unit vectors go through the matcher's own compare, one pair at a time. */
static void opaque_templates_are_compared_by_their_matcher(void **state)
{
    LW_AUTO(lw_matcher) m = NULL;
    LW_AUTO(lw_photos) p = NULL;
    const struct lw_matcher_opts opts = {.library = getenv("LW_TEST_MATCHER"), .config = ""};
    struct lw_scores s = {0};
    LW_UNUSED(state);
    CHECK(opts.library && lw_matcher_open(&m, &opts, NULL) == LW_OK);
    CHECK(lw_matcher_unit_vector_dim(m) == 0 && lw_photos_new(&p, 300) == LW_OK);
    p->people = 100;
    for (size_t i = 0; i < p->n; i++) {
        const float colour[3] = {(float)i / 300, 0.5f, 0.25f};
        p->v[i].person = (uint32_t)(i / 3);
        CHECK(lw_template_new(&p->v[i].tmpl, lw_matcher_model(m), sizeof(colour)) == LW_OK);
        memcpy(p->v[i].tmpl->data, colour, sizeof(colour));
    }
    const struct lw_compare_opts compare = {.threads = 2, .keep = LW_COMPARE_KEPT};
    CHECK(lw_compare_photos(&s, p, m, &compare, NULL) == LW_OK);
    CHECK(s.n_genuine == 300 && s.n_top == 300 * 299 / 2 - 300);
    CHECK(as_the_matcher_says(p, m, s.matches, s.n_genuine, true));
    CHECK(as_the_matcher_says(p, m, s.top, s.n_top, false));
    lw_scores_clear(&s);
}

static void nobody_is_in_two_folds_and_both_kinds_weigh_the_same(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_matcher) m = open_matcher();
    LW_AUTO(lw_photos) p = make_photos(m, 60);
    LW_AUTO_MEM(struct lw_trial) t = NULL;
    size_t n, genuine = 0, unscored = 0;
    CHECK(lw_compare_folds(&t, &n, p, m, NULL) == LW_OK);
    for (size_t i = 0; i < n; i++) {
        genuine += t[i].same;
        unscored += t[i].score == -INFINITY;
        CHECK(t[i].fold < LW_FOLDS && (i == 0 || t[i].fold >= t[i - 1].fold));
    }
    CHECK(genuine == (size_t)count_by_hand(p).genuine && n == 2 * genuine && unscored > 0);
    struct lw_rate r = lw_accuracy_10fold(t, n);
    CHECK(r.of == (double)n && r.value > 0.85 && r.value < 1);
}

static void people_know_their_comparisons(void **state)
{
    LW_UNUSED(state);
    LW_AUTO(lw_matcher) m = open_matcher();
    LW_AUTO(lw_photos) p = make_photos(m, 12);
    struct lw_people people;
    struct lw_scores s = {0};
    struct lw_estimates e;
    CHECK(lw_people_init(&people, p) == LW_OK);
    CHECK(people.photos[7] == 4 && people.genuine[7] == 6 && people.genuine[0] == 0);
    CHECK(lw_compare_photos(&s, p, m, NULL, NULL) == LW_OK);
    CHECK(lw_estimate(&e, &s, &people.units, NULL) == LW_OK);
    CHECK(e.fnmr[0].of == (double)s.genuine);
    CHECK(e.auc.of == (double)s.genuine * (double)s.impostor);
    lw_people_clear(&people);
    lw_scores_clear(&s);
}

static void touch(const char *dir, const char *name)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
}

static char *make_folder(char *path)
{
    assert_non_null(mkdtemp(path));
    return path;
}

static void make_person(const char *dir, const char *name)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/%s", dir, name);
    CHECK(mkdir(path, 0700) == 0);
}

static void remove_all(const char *dir)
{
    char command[600];
    snprintf(command, sizeof(command), "rm -r '%s'", dir);
    CHECK(system(command) == 0);
}

static void folders_are_people_and_files_beside_them_are_left_out(void **state)
{
    char path[] = "/tmp/lw-photos-XXXXXX";
    LW_AUTO(lw_photos) p = NULL;
    LW_UNUSED(state);
    const char *dir = make_folder(path);
    touch(dir, "README.md");
    make_person(dir, "bo");
    make_person(dir, "anna");
    touch(dir, "anna/2.jpg");
    touch(dir, "anna/1.jpg");
    touch(dir, "bo/1.jpg");
    CHECK(lw_photos_list(&p, dir, NULL) == LW_OK);
    CHECK(p->n == 3 && p->people == 2 && p->v[1].person == 0 && p->v[2].person == 1);
    assert_string_equal(p->v[0].name, "anna/1.jpg");
    assert_string_equal(p->v[2].name, "bo/1.jpg");
    remove_all(dir);
}

static void a_folder_without_photographs_is_refused_by_name(void **state)
{
    char path[] = "/tmp/lw-photos-XXXXXX";
    LW_AUTO(lw_photos) p = NULL;
    struct lw_why why;
    LW_UNUSED(state);
    const char *dir = make_folder(path);
    CHECK(lw_photos_list(&p, dir, &why) == LW_EFORMAT);
    assert_non_null(strstr(why.text, "has no folder DIR/person/photo.jpg"));
    make_person(dir, "anna");
    CHECK(lw_photos_list(&p, dir, &why) == LW_EFORMAT);
    assert_non_null(strstr(why.text, "/anna: has no photograph"));
    make_person(dir, "anna/more");
    CHECK(lw_photos_list(&p, dir, &why) == LW_EFORMAT);
    assert_non_null(strstr(why.text, "\"more\" is a folder"));
    remove_all(dir);
    CHECK(lw_photos_list(&p, dir, &why) == LW_ENOTFOUND);
    assert_non_null(strstr(why.text, dir));
}

static const struct CMUnitTest tests[] = {
    cmocka_unit_test(all_photos_are_compared_with_all_others_once),
    cmocka_unit_test(what_is_not_kept_is_counted_in_bins),
    cmocka_unit_test(opaque_templates_are_compared_by_their_matcher),
    cmocka_unit_test(nobody_is_in_two_folds_and_both_kinds_weigh_the_same),
    cmocka_unit_test(people_know_their_comparisons),
    cmocka_unit_test(folders_are_people_and_files_beside_them_are_left_out),
    cmocka_unit_test(a_folder_without_photographs_is_refused_by_name),
};
RUN_TESTS(tests)
