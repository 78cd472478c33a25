#include "doc/ocrb.h"

#include <math.h>
#include <pthread.h>
#include <string.h>

/* Written by tools/ocrb: one character a weight, 46 steps either way around 'P'; the step of each
 * output of each layer, its largest weight / 46; and the biases. */
#include "doc/ocrb_table.h"

char lw_ocrb_char(int glyph)
{
    return glyph < 26 ? (char)('A' + glyph) : glyph < 36 ? (char)('0' + glyph - 26) : '<';
}

int lw_ocrb_glyph(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= '0' && c <= '9')
        return c - '0' + 26;
    return c == '<' ? LW_OCRB_GLYPHS - 1 : -1;
}

void lw_ocrb_normalise(float patch[LW_OCRB_PIXELS], float contrast)
{
    float sum = 0, squares = 0;
    for (int i = 0; i < LW_OCRB_PIXELS; i++)
        sum += patch[i];
    const float mean = sum / LW_OCRB_PIXELS;
    for (int i = 0; i < LW_OCRB_PIXELS; i++)
        squares += (patch[i] - mean) * (patch[i] - mean);
    const float deviation = sqrtf(squares / LW_OCRB_PIXELS);
    const float scale = 1 / lw_maxf(lw_maxf(deviation, 0.1f * contrast), 1e-6f);
    for (int i = 0; i < LW_OCRB_PIXELS; i++)
        patch[i] = (mean - patch[i]) * scale;
}

/* Sums are local arrays in these layers: nothing else can point there, so that they stay in
 * registers. */
static void put_rectified(float *out, const float *sum, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = lw_maxf(sum[i], 0);
}

static void layer1(struct lw_ocrb_run *run, const struct lw_ocrb_net *net, const float *patch)
{
    for (int y = 0; y < LW_OCRB_H1; y++)
        for (int x = 0; x < LW_OCRB_W1; x++) {
            float sum[LW_OCRB_C1];
            memcpy(sum, net->b1, sizeof(sum));
            for (int k = 0; k < 25; k++) {
                const int sy = 2 * y + k / 5 - 2, sx = 2 * x + k % 5 - 2;
                if (sy < 0 || sy >= LW_OCRB_H || sx < 0 || sx >= LW_OCRB_W)
                    continue;
                const float v = patch[sy * LW_OCRB_W + sx];
                for (int c = 0; c < LW_OCRB_C1; c++)
                    sum[c] += v * net->k1[k][c];
            }
            put_rectified(run->y1[y][x], sum, LW_OCRB_C1);
        }
}

static void layer2(struct lw_ocrb_run *run, const struct lw_ocrb_net *net)
{
    for (int y = 0; y < LW_OCRB_H2; y++)
        for (int x = 0; x < LW_OCRB_W2; x++) {
            float sum[LW_OCRB_C2];
            memcpy(sum, net->b2, sizeof(sum));
            for (int k = 0; k < 9; k++) {
                const int sy = 2 * y + k / 3 - 1, sx = 2 * x + k % 3 - 1;
                if (sy < 0 || sx < 0) /* the far side always lies inside */
                    continue;
                for (int i = 0; i < LW_OCRB_C1; i++)
                    for (int c = 0; c < LW_OCRB_C2; c++)
                        sum[c] += run->y1[sy][sx][i] * net->k2[k * LW_OCRB_C1 + i][c];
            }
            put_rectified(run->y2[y][x], sum, LW_OCRB_C2);
        }
}

static void layer3(struct lw_ocrb_run *run, const struct lw_ocrb_net *net)
{
    const float *y2 = &run->y2[0][0][0];
    float sum[LW_OCRB_N3];
    memcpy(sum, net->b3, sizeof(sum));
    for (int i = 0; i < LW_OCRB_N2; i++)
        for (int c = 0; c < LW_OCRB_N3; c++)
            sum[c] += y2[i] * net->k3[i][c];
    put_rectified(run->y3, sum, LW_OCRB_N3);
}

void lw_ocrb_forward(struct lw_ocrb_run *run, const struct lw_ocrb_net *net,
                     const float patch[LW_OCRB_PIXELS])
{
    layer1(run, net, patch);
    layer2(run, net);
    layer3(run, net);
    memcpy(run->y4, net->b4, sizeof(net->b4));
    for (int i = 0; i < LW_OCRB_N3; i++)
        for (int c = 0; c < LW_OCRB_CLASSES; c++)
            run->y4[c] += run->y3[i] * net->k4[i][c];
}

void lw_ocrb_classify(float log_p[LW_OCRB_CLASSES], const float patch[LW_OCRB_PIXELS])
{
    struct lw_ocrb_run run;
    lw_ocrb_forward(&run, lw_ocrb_net_peek(), patch);
    float most = run.y4[0], sum = 0;
    for (int c = 1; c < LW_OCRB_CLASSES; c++)
        most = lw_maxf(most, run.y4[c]);
    for (int c = 0; c < LW_OCRB_CLASSES; c++)
        sum += expf(run.y4[c] - most);
    for (int c = 0; c < LW_OCRB_CLASSES; c++)
        log_p[c] = run.y4[c] - most - logf(sum);
}

/* A layer's weights out of the table. */
static void unpack(float *k, size_t inputs, size_t outputs, const char *const *rows,
                   const float *steps)
{
    for (size_t i = 0; i < inputs; i++)
        for (size_t c = 0; c < outputs; c++)
            k[i * outputs + c] = (float)(rows[i][c] - 'P') * steps[c];
}

static struct lw_ocrb_net taught;

static void make_net(void)
{
    unpack(&taught.k1[0][0], LW_COUNT(taught.k1), LW_OCRB_C1, table_k1, table_steps1);
    unpack(&taught.k2[0][0], LW_COUNT(taught.k2), LW_OCRB_C2, table_k2, table_steps2);
    unpack(&taught.k3[0][0], LW_COUNT(taught.k3), LW_OCRB_N3, table_k3, table_steps3);
    unpack(&taught.k4[0][0], LW_COUNT(taught.k4), LW_OCRB_CLASSES, table_k4, table_steps4);
    memcpy(taught.b1, table_b1, sizeof(taught.b1));
    memcpy(taught.b2, table_b2, sizeof(taught.b2));
    memcpy(taught.b3, table_b3, sizeof(taught.b3));
    memcpy(taught.b4, table_b4, sizeof(taught.b4));
}

const struct lw_ocrb_net *lw_ocrb_net_peek(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, make_net);
    return &taught;
}
