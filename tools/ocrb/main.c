/* ocrb-teach SEED STEPS OUT.h: teach the network of doc/ocrb.h on drawings that are never seen
 * twice and write its table. Adam (Kingma and Ba, 2015), the rate falling to nothing along half a
 * cosine. One thread, so that a seed names one table. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "drawing.h"

enum { BATCH = 64, WEIGHTS = sizeof(struct lw_ocrb_net) / sizeof(float) };

/* A network is nothing but floats. */
union net {
    struct lw_ocrb_net net;
    float w[WEIGHTS];
};

struct teacher {
    union net net, slope, mean, square;
    struct lw_rng rng;
};

static void fill(float *w, size_t n, size_t inputs, struct lw_rng *rng)
{
    for (size_t i = 0; i < n; i++)
        w[i] = (float)(lw_rng_gauss(rng) * sqrt(2.0 / (double)inputs));
}

static void begin(struct teacher *t, uint64_t seed)
{
    struct lw_ocrb_net *n = &t->net.net;
    memset(t, 0, sizeof(*t));
    t->rng = lw_rng_seed(seed);
    fill(&n->k1[0][0], 25 * (size_t)LW_OCRB_C1, 25, &t->rng);
    fill(&n->k2[0][0], 9 * (size_t)LW_OCRB_C1 * LW_OCRB_C2, 9 * (size_t)LW_OCRB_C1, &t->rng);
    fill(&n->k3[0][0], (size_t)LW_OCRB_N2 * LW_OCRB_N3, LW_OCRB_N2, &t->rng);
    fill(&n->k4[0][0], (size_t)LW_OCRB_N3 * LW_OCRB_CLASSES, LW_OCRB_N3, &t->rng);
}

/* d4 is how the loss changes with the outputs: probability minus target; the targets are softened,
 * so that the network does not become surer than drawings can make it. Returns the loss. */
static float output_slope(float d4[LW_OCRB_CLASSES], const struct lw_ocrb_run *run, int label)
{
    const float soft = 0.02f;
    float most = run->y4[0], sum = 0;
    for (int c = 1; c < LW_OCRB_CLASSES; c++)
        most = lw_maxf(most, run->y4[c]);
    for (int c = 0; c < LW_OCRB_CLASSES; c++)
        sum += expf(run->y4[c] - most);
    for (int c = 0; c < LW_OCRB_CLASSES; c++)
        d4[c] =
            expf(run->y4[c] - most) / sum - soft / LW_OCRB_CLASSES - (c == label ? 1 - soft : 0);
    return most + logf(sum) - run->y4[label];
}

/* Through a full layer: slopes of its weights, and of its inputs where they were rectified. */
static void back_full(float *dk, float *db, float *d_in, const float *k, const float *in,
                      size_t inputs, size_t outputs, const float *d_out)
{
    for (size_t c = 0; c < outputs; c++)
        db[c] += d_out[c];
    for (size_t i = 0; i < inputs; i++) {
        float sum = 0;
        if (in[i] <= 0) {
            d_in[i] = 0;
            continue;
        }
        for (size_t c = 0; c < outputs; c++) {
            dk[i * outputs + c] += in[i] * d_out[c];
            sum += k[i * outputs + c] * d_out[c];
        }
        d_in[i] = sum;
    }
}

struct slopes {
    float y1[LW_OCRB_H1][LW_OCRB_W1][LW_OCRB_C1];
    float y2[LW_OCRB_H2][LW_OCRB_W2][LW_OCRB_C2];
    float y3[LW_OCRB_N3], y4[LW_OCRB_CLASSES];
};

static void back_layer2(struct lw_ocrb_net *slope, struct slopes *d, const struct lw_ocrb_net *net,
                        const struct lw_ocrb_run *run)
{
    memset(d->y1, 0, sizeof(d->y1));
    for (int y = 0; y < LW_OCRB_H2; y++)
        for (int x = 0; x < LW_OCRB_W2; x++) {
            for (int c = 0; c < LW_OCRB_C2; c++)
                slope->b2[c] += d->y2[y][x][c];
            for (int k = 0; k < 9; k++) {
                const int sy = 2 * y + k / 3 - 1, sx = 2 * x + k % 3 - 1;
                if (sy < 0 || sx < 0)
                    continue;
                for (int i = 0; i < LW_OCRB_C1; i++) {
                    float sum = 0;
                    for (int c = 0; c < LW_OCRB_C2; c++) {
                        slope->k2[k * LW_OCRB_C1 + i][c] += run->y1[sy][sx][i] * d->y2[y][x][c];
                        sum += net->k2[k * LW_OCRB_C1 + i][c] * d->y2[y][x][c];
                    }
                    d->y1[sy][sx][i] += run->y1[sy][sx][i] > 0 ? sum : 0;
                }
            }
        }
}

static void back_layer1(struct lw_ocrb_net *slope, const struct slopes *d, const float *patch)
{
    for (int y = 0; y < LW_OCRB_H1; y++)
        for (int x = 0; x < LW_OCRB_W1; x++) {
            for (int c = 0; c < LW_OCRB_C1; c++)
                slope->b1[c] += d->y1[y][x][c];
            for (int k = 0; k < 25; k++) {
                const int sy = 2 * y + k / 5 - 2, sx = 2 * x + k % 5 - 2;
                if (sy < 0 || sy >= LW_OCRB_H || sx < 0 || sx >= LW_OCRB_W)
                    continue;
                for (int c = 0; c < LW_OCRB_C1; c++)
                    slope->k1[k][c] += patch[sy * LW_OCRB_W + sx] * d->y1[y][x][c];
            }
        }
}

static float learn(struct teacher *t, const struct sample *s)
{
    struct lw_ocrb_run run;
    struct slopes d;
    struct lw_ocrb_net *slope = &t->slope.net;
    const struct lw_ocrb_net *net = &t->net.net;
    lw_ocrb_forward(&run, net, s->patch);
    const float loss = output_slope(d.y4, &run, s->label);
    back_full(&slope->k4[0][0], slope->b4, d.y3, &net->k4[0][0], run.y3, LW_OCRB_N3,
              LW_OCRB_CLASSES, d.y4);
    back_full(&slope->k3[0][0], slope->b3, &d.y2[0][0][0], &net->k3[0][0], &run.y2[0][0][0],
              LW_OCRB_N2, LW_OCRB_N3, d.y3);
    back_layer2(slope, &d, net, &run);
    back_layer1(slope, &d, s->patch);
    return loss;
}

static void step(struct teacher *t, int k, int steps)
{
    const float rate = 0.002f * 0.5f * (1 + cosf(3.14159265f * (float)k / (float)steps));
    const float fade1 = 1 - powf(0.9f, (float)(k + 1)), fade2 = 1 - powf(0.999f, (float)(k + 1));
    for (size_t i = 0; i < WEIGHTS; i++) {
        const float g = t->slope.w[i] / BATCH;
        t->mean.w[i] = 0.9f * t->mean.w[i] + 0.1f * g;
        t->square.w[i] = 0.999f * t->square.w[i] + 0.001f * g * g;
        t->net.w[i] -= rate * (t->mean.w[i] / fade1 / (sqrtf(t->square.w[i] / fade2) + 1e-8f) +
                               1e-4f * t->net.w[i]);
        t->slope.w[i] = 0;
    }
}

static int best_class(const struct lw_ocrb_net *net, const struct sample *s)
{
    struct lw_ocrb_run run;
    int best = 0;
    lw_ocrb_forward(&run, net, s->patch);
    for (int c = 1; c < LW_OCRB_CLASSES; c++)
        if (run.y4[c] > run.y4[best])
            best = c;
    return best;
}

/* On drawings that no step saw: how many are right, and what is mistaken for what. */
static void examine(const struct lw_ocrb_net *net, uint64_t seed, int n)
{
    struct lw_rng rng = lw_rng_seed(seed);
    int wrong[LW_OCRB_CLASSES][LW_OCRB_CLASSES] = {{0}}, right = 0;
    for (int i = 0; i < n; i++) {
        struct sample s;
        sample_draw(&s, &rng);
        const int best = best_class(net, &s);
        right += best == s.label;
        wrong[s.label][best] += best != s.label;
    }
    fprintf(stderr, "%d of %d right; mistaken:", right, n);
    for (int a = 0; a < LW_OCRB_CLASSES; a++)
        for (int b = 0; b < LW_OCRB_CLASSES; b++)
            if (wrong[a][b] * 2000 > n)
                fprintf(stderr, " %c for %c %d", a == LW_OCRB_NONE ? '-' : lw_ocrb_char(a),
                        b == LW_OCRB_NONE ? '-' : lw_ocrb_char(b), wrong[a][b]);
    fputc('\n', stderr);
}

static void write_floats(FILE *f, const char *name, int layer, const float *v, size_t n)
{
    fprintf(f, "static const float table_%s%d[%zu] = {", name, layer, n);
    for (size_t i = 0; i < n; i++)
        fprintf(f, "%s%.7gf", i ? ", " : "", (double)v[i]);
    fputs("};\n", f);
}

/* The weights in 45 steps either way, which the network then has too. */
static void write_layer(FILE *f, int layer, float *k, size_t inputs, size_t outputs)
{
    float *steps = calloc(outputs, sizeof(*steps));
    for (size_t i = 0; steps && i < inputs * outputs; i++)
        steps[i % outputs] = lw_maxf(steps[i % outputs], fabsf(k[i]) / 45);
    fprintf(f, "static const char *const table_k%d[%zu] = {\n", layer, inputs);
    for (size_t i = 0; steps && i < inputs * outputs; i++) {
        const float rounded = roundf(k[i] / lw_maxf(steps[i % outputs], 1e-9f));
        const char c = (char)('P' + (int)rounded);
        fprintf(f, "%s%s%c%s", i % outputs == 0 ? "\"" : "", c == '\\' || c == '?' ? "\\" : "", c,
                i % outputs == outputs - 1 ? "\",\n" : "");
        k[i] = rounded * steps[i % outputs];
    }
    fputs("};\n", f);
    if (steps)
        write_floats(f, "steps", layer, steps, outputs);
    free(steps);
}

static int write_table(const char *path, struct lw_ocrb_net *n)
{
    FILE *f = fopen(path, "w");
    if (!f)
        return -1;
    fputs("/* doc/ocrb_table.h - written by ocrb-teach (tools/ocrb); inside doc/ocrb.c only. */\n"
          "#ifndef LW_DOC_OCRB_TABLE_H\n#define LW_DOC_OCRB_TABLE_H\n\n",
          f);
    write_layer(f, 1, &n->k1[0][0], 25, LW_OCRB_C1);
    write_layer(f, 2, &n->k2[0][0], 9 * (size_t)LW_OCRB_C1, LW_OCRB_C2);
    write_layer(f, 3, &n->k3[0][0], LW_OCRB_N2, LW_OCRB_N3);
    write_layer(f, 4, &n->k4[0][0], LW_OCRB_N3, LW_OCRB_CLASSES);
    write_floats(f, "b", 1, n->b1, LW_OCRB_C1);
    write_floats(f, "b", 2, n->b2, LW_OCRB_C2);
    write_floats(f, "b", 3, n->b3, LW_OCRB_N3);
    write_floats(f, "b", 4, n->b4, LW_OCRB_CLASSES);
    fputs("\n#endif\n", f);
    return fclose(f);
}

int main(int argc, char **argv)
{
    if (argc != 4) {
        fputs("usage: ocrb-teach SEED STEPS OUT.h\n", stderr);
        return 2;
    }
    static struct teacher t;
    const uint64_t seed = strtoull(argv[1], NULL, 10);
    const int steps = atoi(argv[2]);
    begin(&t, seed);
    float loss = 0;
    for (int k = 0; k < steps; k++) {
        for (int i = 0; i < BATCH; i++) {
            struct sample s;
            sample_draw(&s, &t.rng);
            loss += learn(&t, &s) / BATCH;
        }
        step(&t, k, steps);
        if ((k + 1) % 500 == 0) {
            fprintf(stderr, "%d steps, loss %.4f\n", k + 1, (double)loss / 500);
            loss = 0;
        }
    }
    examine(&t.net.net, seed + 1, 20000);
    if (write_table(argv[3], &t.net.net) < 0) {
        fprintf(stderr, "ocrb-teach: %s cannot be written\n", argv[3]);
        return 2;
    }
    examine(&t.net.net, seed + 1, 20000);
    return 0;
}
