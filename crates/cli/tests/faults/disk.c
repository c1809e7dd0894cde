/* A disk that fails at a chosen step, loaded into one process by LD_PRELOAD. The program is the production binary.
 *
 * It stands between the program and the C library for everything that changes files below one directory, keeps what
 * each unsynced change replaced, and does what an order says at the k-th step:
 *
 *     die   OP K WHEN LOSS SEED    SIGKILL before or after the k-th step, after LOSS of what was not synced
 *     eio   OP K - - -             the k-th sync fails, once, and its file loses what was not synced
 *     enospc OP K - - -            from the k-th step on, nothing can be written or made
 *     deaf  OP K WHEN LOSS SEED    as die, and until then every sync answers and does nothing
 *
 * OP is write, sync, any (of these two), watched (any, of the watched file) or send; WHEN is before or after; LOSS is none, all, or some: sectors and names chosen by SEED. The
 * order is read from a file as soon as that exists, and steps are counted from there.
 *
 * Before it dies the process stands still for a moment with its files locked, as on a slow disk, so that whatever is sent
 * without waiting for the disk gets out. A name counts as synced when its directory is, not when its file is: less than
 * most file systems promise. What becomes durable of one watched file is kept in a journal, whole, each time.
 *
 * Not seen: files that are mapped, io_uring, copy_file_range, and descriptors opened through another directory's.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define SECTOR 512
#define PATHS 1024

enum op { WRITE = 1, SYNC = 2, SEND = 4, WATCHED = 8 };
enum fault { NOTHING, DIE, EIO_ONCE, FULL, DEAF };
enum loss { NONE, ALL, SOME };
enum change { MADE, MADE_DIRECTORY, MOVED, GONE, LINKED };

/* What a change of a file's bytes or length replaced. */
struct piece {
    struct piece *older;
    uint64_t number;
    off_t size_before, at;
    size_t length;
    char *bytes;
};

/* A file below the home. Its descriptor is ours, and stays open: no other file can get its number. */
struct file {
    struct file *next;
    dev_t dev;
    ino_t ino;
    int fd;
    struct piece *unsynced;
};

/* A change of a directory that was not synced. */
struct entry {
    struct entry *older;
    uint64_t number;
    enum change change;
    char path[PATHS], from[PATHS], kept[PATHS];
    dev_t dev;
    ino_t ino;
};

static struct {
    enum fault fault;
    int ops, k, count, after, reached;
    enum loss loss;
    uint64_t seed;
} order;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static const char *home, *order_file, *keep, *watched, *journal;
static struct file *files;
static struct entry *entries;
static int journal_fd = -1, kept;
/* Changes are numbered as they are made: a sync takes those that precede it. */
static uint64_t changes;

static int (*real_open)(const char *, int, ...);
static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);
static ssize_t (*real_pwritev)(int, const struct iovec *, int, off_t);
static int (*real_ftruncate)(int, off_t);
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);
static int (*real_rename)(const char *, const char *);
static int (*real_unlink)(const char *);
static int (*real_linkat)(int, const char *, int, const char *, int);
static int (*real_mkdir)(const char *, mode_t);
static ssize_t (*real_send)(int, const void *, size_t, int);
static ssize_t (*real_sendto)(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
static ssize_t (*real_sendmsg)(int, const struct msghdr *, int);

static void give_up(const char *what) {
    dprintf(2, "faults/disk.c: %s: %s\n", what, strerror(errno));
    _exit(97);
}

static void *named(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) give_up(name);
    return found;
}

__attribute__((constructor)) static void begin(void) {
    if (real_mkdir) return;
    real_send = named("send");
    real_sendto = named("sendto");
    real_sendmsg = named("sendmsg");
    real_open = named("open");
    real_write = named("write");
    real_pwrite = named("pwrite");
    real_writev = named("writev");
    real_pwritev = named("pwritev");
    real_ftruncate = named("ftruncate");
    real_fsync = named("fsync");
    real_fdatasync = named("fdatasync");
    real_rename = named("rename");
    real_unlink = named("unlink");
    real_linkat = named("linkat");
    real_mkdir = named("mkdir");
    order_file = getenv("FAULTS_ORDER");
    keep = getenv("FAULTS_KEEP");
    watched = getenv("FAULTS_WATCHED");
    journal = getenv("FAULTS_JOURNAL");
    home = getenv("FAULTS_HOME");
}

static int is_below(const char *path) {
    if (!home || !path) return 0;
    size_t length = strlen(home);
    return strncmp(path, home, length) == 0 && path[length] == '/' && strlen(path) < PATHS - 8;
}

static uint64_t draw(void) {
    uint64_t z = order.seed += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

/* ---- what was not synced, and how it is lost ---- */

static struct file *file_of(int fd) {
    struct stat now;
    if (!files || fstat(fd, &now) != 0 || !S_ISREG(now.st_mode)) return NULL;
    for (struct file *file = files; file; file = file->next)
        if (file->dev == now.st_dev && file->ino == now.st_ino) return file;
    return NULL;
}

static struct file *track(const char *path, int fd) {
    struct file *file = file_of(fd);
    struct stat now;
    if (file || fstat(fd, &now) != 0 || !S_ISREG(now.st_mode)) return file;
    file = calloc(1, sizeof *file);
    file->dev = now.st_dev;
    file->ino = now.st_ino;
    file->fd = real_open(path, O_RDWR | O_CLOEXEC);
    if (file->fd < 0) give_up(path);
    file->next = files;
    return files = file;
}

static off_t size_of(struct file *file) {
    struct stat now;
    if (fstat(file->fd, &now) != 0) give_up("fstat");
    return now.st_size;
}

static void read_whole(int fd, char *to, size_t length, off_t at) {
    while (length > 0) {
        ssize_t n = pread(fd, to, length, at);
        if (n <= 0) give_up("pread");
        to += n, at += n, length -= n;
    }
}

static void write_whole(int fd, const char *from, size_t length, off_t at) {
    while (length > 0) {
        ssize_t n = real_pwrite(fd, from, length, at);
        if (n <= 0) give_up("pwrite");
        from += n, at += n, length -= n;
    }
}

/* To be called before `length` bytes from `at` on change, or vanish. */
static void remember(struct file *file, off_t at, size_t length) {
    struct piece *piece = calloc(1, sizeof *piece);
    piece->size_before = size_of(file);
    piece->at = at;
    if (at < piece->size_before) {
        off_t rest = piece->size_before - at;
        piece->length = (off_t)length < rest ? length : (size_t)rest;
        piece->bytes = malloc(piece->length);
        read_whole(file->fd, piece->bytes, piece->length, at);
    }
    piece->number = ++changes;
    piece->older = file->unsynced;
    file->unsynced = piece;
}

/* The changes up to this one are synced, or lost. */
static void forget(struct file *file, uint64_t last) {
    struct piece **at = &file->unsynced;
    while (*at && (*at)->number > last) at = &(*at)->older;
    for (struct piece *piece; (piece = *at);) {
        *at = piece->older;
        free(piece->bytes);
        free(piece);
    }
}

/* Puts a file back to what was synced; of its changes, some sectors arrive if that is the order. */
static void lose_bytes(struct file *file, enum loss loss) {
    if (!file->unsynced) return;
    off_t size = size_of(file);
    char *arrived = malloc(size + 1);
    read_whole(file->fd, arrived, size, 0);
    for (struct piece *piece = file->unsynced; piece; piece = piece->older) {
        if (real_ftruncate(file->fd, piece->size_before) != 0) give_up("ftruncate");
        write_whole(file->fd, piece->bytes, piece->length, piece->at);
    }
    off_t old_size = size_of(file);
    if (loss == SOME) {
        off_t length = old_size;
        if (size > old_size) length += draw() % (size - old_size + 1);
        /* Nothing but a truncation: it arrived, or it did not. */
        if (size < old_size && draw() % 2) length = size;
        if (real_ftruncate(file->fd, length) != 0) give_up("ftruncate");
        for (off_t at = 0; at < size && at < length; at += SECTOR) {
            off_t end = at + SECTOR < size ? at + SECTOR : size;
            if (end > length) end = length;
            if (draw() % 2) write_whole(file->fd, arrived + at, end - at, at);
        }
    }
    free(arrived);
    forget(file, changes);
}

static void undo(struct entry *entry) {
    int failed = 0;
    char lost[PATHS + 32];
    snprintf(lost, sizeof lost, "%s/lost-%d-%d", keep, getpid(), kept++);
    switch (entry->change) {
    case MADE: case LINKED: failed = real_unlink(entry->path); break;
    case MADE_DIRECTORY: failed = real_rename(entry->path, lost); break;
    case MOVED: failed = real_rename(entry->path, entry->from);
        if (entry->kept[0]) failed |= real_rename(entry->kept, entry->path);
        break;
    case GONE: failed = real_rename(entry->kept, entry->path); break;
    }
    if (failed) give_up(entry->path);
}

static void lose(void) {
    if (order.loss == NONE) return;
    for (struct file *file = files; file; file = file->next) lose_bytes(file, order.loss);
    int all = 0, lost;
    for (struct entry *entry = entries; entry; entry = entry->older) all++;
    /* Names arrive in order: a file system keeps a journal of them. */
    lost = order.loss == ALL || !all ? all : (int)(draw() % (all + 1));
    for (struct entry *entry = entries; lost-- > 0; entry = entry->older) undo(entry);
}

static void die(void) {
    struct timespec moment = { 0, 20 * 1000 * 1000 };
    nanosleep(&moment, NULL);
    lose();
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* ---- the order ---- */

static void read_order(void) {
    char text[256] = "", fault[16], op[16], when[16], loss[16];
    unsigned long long seed = 0;
    int fd = real_open(order_file, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    ssize_t n = read(fd, text, sizeof text - 1);
    close(fd);
    /* It ends with a newline, or it is still being written. */
    if (n <= 0 || text[n - 1] != '\n') return;
    if (sscanf(text, "%15s %15s %d %15s %15s %llu", fault, op, &order.k, when, loss, &seed) < 5) give_up(text);
    order.seed = seed;
    order.ops = !strcmp(op, "sync") ? SYNC : !strcmp(op, "write") ? WRITE : !strcmp(op, "send") ? SEND
        : !strcmp(op, "watched") ? WATCHED : WRITE | SYNC;
    order.after = !strcmp(when, "after");
    order.loss = !strcmp(loss, "all") ? ALL : !strcmp(loss, "some") ? SOME : NONE;
    order.fault = !strcmp(fault, "die") ? DIE : !strcmp(fault, "eio") ? EIO_ONCE : !strcmp(fault, "enospc") ? FULL : DEAF;
}

static int is_watched(struct file *file) {
    struct stat now;
    return file && watched && stat(watched, &now) == 0 && file->dev == now.st_dev && file->ino == now.st_ino;
}

static int counts(enum op op, struct file *file) {
    return (order.ops & op) || ((order.ops & WATCHED) && is_watched(file));
}

static int is_deadly(void) { return order.fault == DIE || order.fault == DEAF; }

/* The number of the step that this thread is in; 0 if it does not count. */
static __thread int this_step;

/* A step begins. Returns the error that it must answer with, if any. */
static int before(enum op op, struct file *file) {
    if (order.fault == NOTHING && order_file) read_order();
    this_step = 0;
    if (order.fault != NOTHING && counts(op, file)) {
        this_step = ++order.count;
        order.reached = order.count >= order.k;
        if (order.count == order.k && !order.after && is_deadly()) die();
    }
    if (order.fault == EIO_ONCE && op == SYNC && this_step == order.k) return EIO;
    if (order.fault == FULL && op == WRITE && order.reached) return ENOSPC;
    return 0;
}

static void after(void) {
    if (this_step == order.k && order.after && is_deadly()) die();
}

/* The watched file, whole, if all of it and its name are durable. */
static void note_watched(void) {
    if (!watched || !journal) return;
    for (struct entry *entry = entries; entry; entry = entry->older)
        if (!strcmp(entry->path, watched)) return;
    struct file *file = files;
    while (file && (file->unsynced || !is_watched(file))) file = file->next;
    if (!file) return;
    uint64_t size = size_of(file);
    char *bytes = malloc(size + sizeof size);
    memcpy(bytes, &size, sizeof size);
    read_whole(file->fd, bytes + sizeof size, size, 0);
    if (journal_fd < 0) journal_fd = real_open(journal, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (journal_fd < 0 || real_write(journal_fd, bytes, size + sizeof size) < 0) give_up(journal);
    free(bytes);
}

/* ---- what is sent ---- */

static int is_socket(int fd) {
    struct stat now;
    return fstat(fd, &now) == 0 && S_ISSOCK(now.st_mode);
}

/* Only counted while sends are the steps; else nothing that is sent waits for a lock of ours. */
#define SEND_STEP(fd, call)                             \
    begin();                                            \
    if (!home || !order_file || !is_socket(fd)) return call; \
    if (order.fault == NOTHING) {                       \
        pthread_mutex_lock(&lock);                      \
        if (order.fault == NOTHING) read_order();       \
        pthread_mutex_unlock(&lock);                    \
    }                                                   \
    if (!(order.ops & SEND)) return call;               \
    pthread_mutex_lock(&lock);                          \
    before(SEND, NULL);                                     \
    ssize_t sent = call;                                \
    int why = errno;                                    \
    after();                                                \
    pthread_mutex_unlock(&lock);                        \
    errno = why;                                        \
    return sent

ssize_t send(int fd, const void *from, size_t length, int flags) {
    SEND_STEP(fd, real_send(fd, from, length, flags));
}

ssize_t sendto(int fd, const void *from, size_t length, int flags, const struct sockaddr *to, socklen_t size) {
    SEND_STEP(fd, real_sendto(fd, from, length, flags, to, size));
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags) {
    SEND_STEP(fd, real_sendmsg(fd, message, flags));
}

/* ---- bytes ---- */

#define FAIL(error) do { pthread_mutex_unlock(&lock); errno = (error); return -1; } while (0)

#define CHANGE(fd, at, length, call)                    \
    begin();                                            \
    if (!home) return call;                             \
    pthread_mutex_lock(&lock);                          \
    struct file *file = file_of(fd);                    \
    if (!file) {                                        \
        pthread_mutex_unlock(&lock);                    \
        SEND_STEP(fd, call);                            \
    }                                                   \
    int error = before(WRITE, file);                    \
    if (error) FAIL(error);                             \
    remember(file, at, length);                         \
    ssize_t done = call;                                \
    int told = errno;                                   \
    after();                                            \
    pthread_mutex_unlock(&lock);                        \
    errno = told;                                       \
    return done

static off_t place(int fd, struct file *file) {
    return fcntl(fd, F_GETFL) & O_APPEND ? size_of(file) : lseek(fd, 0, SEEK_CUR);
}

static size_t sum(const struct iovec *parts, int count) {
    size_t length = 0;
    for (int i = 0; i < count; i++) length += parts[i].iov_len;
    return length;
}

ssize_t write(int fd, const void *from, size_t length) {
    CHANGE(fd, place(fd, file), length, real_write(fd, from, length));
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    CHANGE(fd, place(fd, file), sum(parts, count), real_writev(fd, parts, count));
}

ssize_t pwrite(int fd, const void *from, size_t length, off_t at) {
    CHANGE(fd, at, length, real_pwrite(fd, from, length, at));
}

ssize_t pwrite64(int fd, const void *from, size_t length, off_t at) {
    CHANGE(fd, at, length, real_pwrite(fd, from, length, at));
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    CHANGE(fd, at, sum(parts, count), real_pwritev(fd, parts, count, at));
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t at) {
    CHANGE(fd, at, sum(parts, count), real_pwritev(fd, parts, count, at));
}

/* What is cut off is remembered; what is added was not there. */
int ftruncate(int fd, off_t length) {
    CHANGE(fd, length, SIZE_MAX / 2, real_ftruncate(fd, length));
}

int ftruncate64(int fd, off_t length) {
    CHANGE(fd, length, SIZE_MAX / 2, real_ftruncate(fd, length));
}

/* ---- syncs ---- */

static void sync_names(const struct stat *directory, uint64_t last) {
    struct entry **at = &entries;
    while (*at) {
        struct entry *entry = *at;
        if (entry->number > last || entry->dev != directory->st_dev || entry->ino != directory->st_ino) {
            at = &entry->older;
            continue;
        }
        *at = entry->older;
        if (entry->kept[0]) real_unlink(entry->kept);
        free(entry);
    }
}

static int sync_of(int fd, int (*real)(int)) {
    begin();
    struct stat now;
    if (!home) return real(fd);
    pthread_mutex_lock(&lock);
    struct file *file = file_of(fd);
    if (fstat(fd, &now) != 0 || (!file && !S_ISDIR(now.st_mode))) {
        pthread_mutex_unlock(&lock);
        return real(fd);
    }
    int error = before(SYNC, file);
    if (error && file) lose_bytes(file, ALL);
    if (error) FAIL(error);
    if (order.fault == DEAF) {
        after();
        pthread_mutex_unlock(&lock);
        return 0;
    }
    /* Others go on meanwhile, as they do on a disk: what they change is not in this sync. */
    uint64_t last = changes;
    pthread_mutex_unlock(&lock);
    int done = real(fd), told = errno;
    pthread_mutex_lock(&lock);
    if (done == 0) {
        if (file) forget(file, last);
        else sync_names(&now, last);
        note_watched();
    }
    after();
    pthread_mutex_unlock(&lock);
    errno = told;
    return done;
}

int fsync(int fd) { return sync_of(fd, real_fsync); }
int fdatasync(int fd) { return sync_of(fd, real_fdatasync); }

/* ---- names ---- */

static int is_there(const char *path) {
    struct stat now;
    return lstat(path, &now) == 0;
}

static struct entry *change_of(enum change change, const char *path) {
    struct entry *entry = calloc(1, sizeof *entry);
    entry->change = change;
    snprintf(entry->path, PATHS, "%s", path);
    char directory[PATHS];
    snprintf(directory, PATHS, "%s", path);
    *strrchr(directory, '/') = 0;
    struct stat now;
    if (stat(directory, &now) == 0) {
        entry->dev = now.st_dev;
        entry->ino = now.st_ino;
    }
    return entry;
}

/* Holds on to what a name stood for. */
static void hold(struct entry *entry) {
    if (!is_there(entry->path)) return;
    snprintf(entry->kept, PATHS, "%s/held-%d-%d", keep, getpid(), kept++);
    if (real_linkat(AT_FDCWD, entry->path, AT_FDCWD, entry->kept, 0) != 0) give_up(entry->kept);
}

static int finish(struct entry *entry, int done) {
    int told = errno;
    if (done >= 0) {
        entry->number = ++changes;
        entry->older = entries;
        entries = entry;
    } else {
        if (entry->kept[0]) real_unlink(entry->kept);
        free(entry);
    }
    after();
    pthread_mutex_unlock(&lock);
    errno = told;
    return done;
}

static int open_of(const char *path, int flags, mode_t mode) {
    begin();
    if (!is_below(path)) return real_open(path, flags, mode);
    pthread_mutex_lock(&lock);
    int makes = (flags & O_CREAT) && !is_there(path), cuts = (flags & O_TRUNC) && !makes;
    int error = makes || cuts ? before(WRITE, NULL) : 0;
    if (error) FAIL(error);
    struct entry *entry = makes ? change_of(MADE, path) : NULL;
    int fd = real_open(path, cuts ? flags & ~O_TRUNC : flags, mode), told = errno;
    if (fd >= 0) {
        struct file *file = track(path, fd);
        if (cuts && file) {
            remember(file, 0, SIZE_MAX / 2);
            if (real_ftruncate(fd, 0) != 0) give_up(path);
        }
    }
    errno = told;
    if (entry) return finish(entry, fd);
    if (cuts) after();
    pthread_mutex_unlock(&lock);
    errno = told;
    return fd;
}

#define MODE(flags)                             \
    mode_t mode = 0;                            \
    if ((flags) & (O_CREAT | O_TMPFILE)) {      \
        va_list more;                           \
        va_start(more, flags);                  \
        mode = va_arg(more, mode_t);            \
        va_end(more);                           \
    }

int open(const char *path, int flags, ...) { MODE(flags) return open_of(path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE(flags) return open_of(path, flags, mode); }

#define NAME_CHANGE(path, kind, prepare, call)          \
    begin();                                            \
    if (!is_below(path)) return call;                   \
    pthread_mutex_lock(&lock);                          \
    int error = before(WRITE, NULL);                          \
    if (error && kind != GONE) FAIL(error);             \
    struct entry *entry = change_of(kind, path);        \
    prepare;                                            \
    return finish(entry, call)

int rename(const char *from, const char *to) {
    NAME_CHANGE(to, MOVED, snprintf(entry->from, PATHS, "%s", from); hold(entry), real_rename(from, to));
}

int unlink(const char *path) { NAME_CHANGE(path, GONE, hold(entry), real_unlink(path)); }

int linkat(int from_at, const char *from, int to_at, const char *to, int flags) {
    NAME_CHANGE(to, LINKED, (void)0, real_linkat(from_at, from, to_at, to, flags));
}

int mkdir(const char *path, mode_t mode) { NAME_CHANGE(path, MADE_DIRECTORY, (void)0, real_mkdir(path, mode)); }
