/* Six landmarks and a rigid mean head: the pose is the one whose perspective picture has the least
 * squared distance to them. A linear start (weak perspective: as if all points were equally far
 * away), then damped Gauss-Newton steps on rotation and position (Levenberg 1944, Marquardt 1963);
 * the frontal pose is tried as a second start, because with noise the linear one may lie beyond
 * a ridge.
 *
 * Axes of camera and head alike: x to the image's right, y down, z away from the camera, in mm.
 * With R = I the head looks into the camera, its nose along -z. */
#include "face/pose.h"

#include <math.h>
#include <string.h>

enum { POINTS = 6, UNKNOWNS = 6, STEPS = 30 };

static const double HEAD_MM[POINTS][3] = {
    {0, 0, 0},                               /* nose tip */
    {0, 63.6, 12.5},                         /* chin */
    {-43.3, -32.7, 26},                      /* outer eye corners */
    {43.3, -32.7, 26},  {-28.9, 28.9, 24.1}, /* mouth corners */
    {28.9, 28.9, 24.1},
};
static const int LANDMARK[POINTS] = {30, 8, 36, 45, 48, 54};

struct rigid {
    double R[3][3];
    double t[3];
};

struct view {
    double u[POINTS][2]; /* tangents of the viewing angles: (pixel - centre) / focal length */
};

static void rotate(double out[3], double R[3][3], const double p[3])
{
    for (int i = 0; i < 3; i++)
        out[i] = R[i][0] * p[0] + R[i][1] * p[1] + R[i][2] * p[2];
}

static void multiply(double out[3][3], double A[3][3], double B[3][3])
{
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            out[i][j] = A[i][0] * B[0][j] + A[i][1] * B[1][j] + A[i][2] * B[2][j];
}

/* Rodrigues: the rotation by |w| radians about w. */
static void rotation(double R[3][3], const double w[3])
{
    double angle = sqrt(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]);
    double s = angle > 1e-9 ? sin(angle) / angle : 1;
    double c = angle > 1e-9 ? (1 - cos(angle)) / (angle * angle) : 0.5;
    const double K[3][3] = {{0, -w[2], w[1]}, {w[2], 0, -w[0]}, {-w[1], w[0], 0}};
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++) {
            double k2 = K[i][0] * K[0][j] + K[i][1] * K[1][j] + K[i][2] * K[2][j];
            R[i][j] = (i == j) + s * K[i][j] + c * k2;
        }
}

/* A x = b for a symmetric positive definite A of n <= UNKNOWNS rows (Cholesky, in place). */
static bool solve(double A[UNKNOWNS][UNKNOWNS], double b[UNKNOWNS], int n)
{
    for (int i = 0; i < n; i++)
        for (int j = 0; j <= i; j++) {
            double s = A[i][j];
            for (int k = 0; k < j; k++)
                s -= A[i][k] * A[j][k];
            if (i == j && !(s > 1e-14))
                return false;
            A[i][j] = i == j ? sqrt(s) : s / A[j][j];
        }
    for (int i = 0; i < n; i++) {
        for (int k = 0; k < i; k++)
            b[i] -= A[i][k] * b[k];
        b[i] /= A[i][i];
    }
    for (int i = n - 1; i >= 0; i--) {
        for (int k = i + 1; k < n; k++)
            b[i] -= A[k][i] * b[k];
        b[i] /= A[i][i];
    }
    return true;
}

/* Sum of squared distances; infinite when a point comes too near to the camera to be seen. */
static double cost(const struct rigid *pose, const struct view *v)
{
    struct rigid p = *pose;
    double sum = 0;
    for (int i = 0; i < POINTS; i++) {
        double q[3];
        rotate(q, p.R, HEAD_MM[i]);
        double z = q[2] + p.t[2];
        if (!(z > 1))
            return INFINITY;
        double dx = (q[0] + p.t[0]) / z - v->u[i][0], dy = (q[1] + p.t[1]) / z - v->u[i][1];
        sum += dx * dx + dy * dy;
    }
    return sum;
}

/* Normal equations of the step (rotation about the camera's axes, shift): A step = b. */
static void linearise(const struct rigid *pose, const struct view *v, double A[UNKNOWNS][UNKNOWNS],
                      double b[UNKNOWNS])
{
    struct rigid p = *pose;
    memset(A, 0, sizeof(double[UNKNOWNS][UNKNOWNS]));
    memset(b, 0, sizeof(double[UNKNOWNS]));
    for (int i = 0; i < POINTS; i++) {
        double q[3];
        rotate(q, p.R, HEAD_MM[i]);
        double z = q[2] + p.t[2], x = (q[0] + p.t[0]) / z, y = (q[1] + p.t[1]) / z;
        /* derivatives of x and y: by the camera-frame point (1, 0, -x)/z and (0, 1, -y)/z, which
         * turns by w x q and shifts by t */
        const double J[2][UNKNOWNS] = {
            {-x * q[1] / z, (q[2] + x * q[0]) / z, -q[1] / z, 1 / z, 0, -x / z},
            {(-q[2] - y * q[1]) / z, y * q[0] / z, q[0] / z, 0, 1 / z, -y / z}};
        const double r[2] = {v->u[i][0] - x, v->u[i][1] - y};
        for (int k = 0; k < 2; k++)
            for (int m = 0; m < UNKNOWNS; m++) {
                b[m] += J[k][m] * r[k];
                for (int n = 0; n < UNKNOWNS; n++)
                    A[m][n] += J[k][m] * J[k][n];
            }
    }
}

static void move(struct rigid *out, const struct rigid *from, const double step[UNKNOWNS])
{
    struct rigid p = *from;
    double turn[3][3];
    rotation(turn, step);
    multiply(out->R, turn, p.R);
    for (int i = 0; i < 3; i++)
        out->t[i] = p.t[i] + step[3 + i];
}

/* Marquardt's damping in proportion to the diagonal, since radians and millimetres are mixed. */
static double refine(struct rigid *pose, const struct view *v)
{
    double best = cost(pose, v), damping = 1e-3;
    for (int i = 0; i < STEPS && damping < 1e6; i++) {
        double A[UNKNOWNS][UNKNOWNS], step[UNKNOWNS];
        struct rigid next;
        linearise(pose, v, A, step);
        for (int k = 0; k < UNKNOWNS; k++)
            A[k][k] *= 1 + damping;
        if (!solve(A, step, UNKNOWNS))
            break;
        move(&next, pose, step);
        double c = cost(&next, v);
        if (c < best) {
            bool settled = best - c < 1e-9 * best;
            *pose = next;
            best = c;
            damping *= 0.2;
            if (settled)
                break;
        } else {
            damping *= 8;
        }
    }
    return best;
}

/* u = s (row . P) + u0 by least squares: three coefficients and the constant. */
static bool fit_row(double row[4], const struct view *v, int axis)
{
    double A[UNKNOWNS][UNKNOWNS] = {{0}}, b[UNKNOWNS] = {0};
    for (int i = 0; i < POINTS; i++) {
        const double p[4] = {HEAD_MM[i][0], HEAD_MM[i][1], HEAD_MM[i][2], 1};
        for (int m = 0; m < 4; m++) {
            b[m] += p[m] * v->u[i][axis];
            for (int n = 0; n < 4; n++)
                A[m][n] += p[m] * p[n];
        }
    }
    if (!solve(A, b, 4))
        return false;
    memcpy(row, b, sizeof(double[4]));
    return true;
}

static double length(const double a[3])
{
    return sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2]);
}

/* Rows i and j of the rotation from the two fitted rows; j is made upright to i, k = i x j. */
static bool weak_perspective(struct rigid *out, const struct view *v)
{
    double i[4], j[4];
    if (!fit_row(i, v, 0) || !fit_row(j, v, 1))
        return false;
    double li = length(i), lj = length(j);
    if (!(li > 1e-12 && lj > 1e-12))
        return false;
    double dot = (i[0] * j[0] + i[1] * j[1] + i[2] * j[2]) / (li * li);
    double up[3] = {j[0] - dot * i[0], j[1] - dot * i[1], j[2] - dot * i[2]}, lu = length(up);
    if (!(lu > 1e-12))
        return false;
    for (int k = 0; k < 3; k++) {
        out->R[0][k] = i[k] / li;
        out->R[1][k] = up[k] / lu;
    }
    for (int k = 0; k < 3; k++) {
        int a = (k + 1) % 3, b = (k + 2) % 3;
        out->R[2][k] = out->R[0][a] * out->R[1][b] - out->R[0][b] * out->R[1][a];
    }
    double z = 2 / (li + lj);
    out->t[0] = i[3] * z;
    out->t[1] = j[3] * z;
    out->t[2] = z;
    return true;
}

/* A frontal head as far away as the spread of the points says. */
static void frontal(struct rigid *out, const struct view *v)
{
    double seen = hypot(v->u[3][0] - v->u[2][0], v->u[3][1] - v->u[2][1]) +
                  hypot(v->u[1][0] - v->u[0][0], v->u[1][1] - v->u[0][1]);
    double z = (86.6 + 63.6) / seen;
    *out = (struct rigid){.R = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}},
                          .t = {v->u[0][0] * z, v->u[0][1] * z, z}};
}

/* R = Rz(roll) Rx(-pitch) Ry(-yaw). */
static struct lw_pose angles(const struct rigid *p)
{
    const double deg = 180 / acos(-1);
    double sin_pitch = fmax(-1, fmin(1, p->R[2][1]));
    return (struct lw_pose){.yaw_deg = (float)(deg * atan2(p->R[2][0], p->R[2][2])),
                            .pitch_deg = (float)(-deg * asin(sin_pitch)),
                            .roll_deg = (float)(deg * atan2(-p->R[0][1], p->R[1][1]))};
}

static int look(struct view *v, const struct lw_point *landmarks, int width, int height)
{
    if (width < 1 || height < 1)
        return LW_EINVAL;
    double focal = lw_maxi(width, height), spread = 0;
    for (int i = 0; i < POINTS; i++) {
        const struct lw_point p = landmarks[LANDMARK[i]];
        if (!isfinite(p.x) || !isfinite(p.y))
            return LW_EINVAL;
        v->u[i][0] = (p.x - 0.5 * (width - 1)) / focal;
        v->u[i][1] = (p.y - 0.5 * (height - 1)) / focal;
        spread += hypot(v->u[i][0] - v->u[0][0], v->u[i][1] - v->u[0][1]);
    }
    return spread * focal > 1.0 && spread < 1e3 ? LW_OK : LW_EINVAL;
}

int lw_pose_estimate(struct lw_pose *out, const struct lw_point landmarks[LW_LANDMARKS], int width,
                     int height)
{
    struct view v;
    struct rigid a, b;
    int r = look(&v, landmarks, width, height);
    if (r < 0)
        return r;
    frontal(&a, &v);
    double cost_a = refine(&a, &v), cost_b = INFINITY;
    if (weak_perspective(&b, &v))
        cost_b = refine(&b, &v);
    if (!isfinite(fmin(cost_a, cost_b)))
        return LW_EINVAL;
    *out = angles(cost_a < cost_b ? &a : &b);
    return LW_OK;
}
