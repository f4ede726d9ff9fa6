/* SPDX-License-Identifier: GPL-2.0-or-later
 * textset.c - a compact hash set of short texts
 */
#include "textset.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define HEADER 2      /* bytes before each text in the pool */
#define KIND_SHIFT 12 /* of the header: kinds above, length below */
#define LENGTH_MASK ((1U << KIND_SHIFT) - 1)
#define POOL_MAX (1UL << 31)
#define DEPTH_MAX 31  /* dots of a domain that are told apart */
#define SMALL 4096    /* bytes of a pool that is no list */
#define PAGE 4096
#define PER_BUCKET 4  /* texts, on average */
#define PARTS 64      /* that a long list is cut into while it is sealed, */
#define LARGE (1 << 20) /* from so many bytes on */

static size_t bucket_of(uint64_t hash, size_t count)
{
	return (size_t)((hash >> 32) * count >> 32);
}

/* Two bits, of those of the hash that do not choose the bucket. */
static uint32_t sign_of(uint64_t hash)
{
	return 1U << (hash >> 16 & 31) | 1U << (hash >> 21 & 31);
}

static unsigned header(const uint8_t *entry)
{
	return (unsigned)entry[0] << 8 | entry[1];
}

static void set_header(uint8_t *entry, size_t len, unsigned kinds)
{
	unsigned value = kinds << KIND_SHIFT | (unsigned)len;

	entry[0] = (uint8_t)(value >> 8);
	entry[1] = (uint8_t)value;
}

static size_t entry_size(const uint8_t *entry)
{
	return HEADER + (header(entry) & LENGTH_MASK);
}

/* The entry of this text between two places of the pool; NULL: it is not there. */
static uint8_t *find_entry(uint8_t *from, const uint8_t *to, const char *text, size_t len)
{
	for (; from < to; from += entry_size(from))
		if ((header(from) & LENGTH_MASK) == len && memcmp(from + HEADER, text, len) == 0)
			return from;
	return NULL;
}

static unsigned find_kinds(const struct textset *set, uint64_t hash, const char *text, size_t len)
{
	const struct text_bucket *bucket = &set->buckets[bucket_of(hash, set->bucket_count)];
	uint32_t sign = sign_of(hash);
	const uint8_t *entry;

	if ((bucket->signs & sign) != sign)
		return 0;
	entry = find_entry((uint8_t *)set->pool + bucket[0].at, set->pool + bucket[1].at, text, len);
	return entry ? header(entry) >> KIND_SHIFT : 0;
}

unsigned textset_find(const struct textset *set, const char *text, size_t len)
{
	return set->count ? find_kinds(set, text_hash(text, len), text, len) : 0;
}

static bool is_at_depth(const struct textset *set, unsigned dots)
{
	return set->depths >> (dots < DEPTH_MAX ? dots : DEPTH_MAX) & 1;
}

static const struct text_bucket *bucket_for(const struct textset *set, uint64_t hash)
{
	return &set->buckets[bucket_of(hash, set->bucket_count)];
}

void textset_fetch(const struct textset *set, const struct name_hashes *hashes)
{
	if (!set->count)
		return;
	__builtin_prefetch(bucket_for(set, hashes->whole));
	for (unsigned i = 0; i < hashes->count; i++)
		if (is_at_depth(set, i))
			__builtin_prefetch(bucket_for(set, hashes->domain[i].hash));
}

/* A bucket's texts are in one line of the cache or two. */
static void fetch_texts(const struct textset *set, uint64_t hash)
{
	const struct text_bucket *bucket = bucket_for(set, hash);
	uint32_t sign = sign_of(hash);

	if ((bucket->signs & sign) != sign)
		return;
	__builtin_prefetch(set->pool + bucket[0].at);
	__builtin_prefetch(set->pool + bucket[1].at);
}

void textset_fetch_next(const struct textset *set, const struct name_hashes *hashes)
{
	if (!set->count)
		return;
	fetch_texts(set, hashes->whole);
	for (unsigned i = 0; i < hashes->count; i++)
		if (is_at_depth(set, i))
			fetch_texts(set, hashes->domain[i].hash);
}

bool textset_has_name(const struct textset *set, const char *name, size_t len, const struct name_hashes *hashes)
{
	if (!set->count)
		return false;
	textset_fetch(set, hashes);
	for (unsigned i = 0; i < hashes->count; i++) {
		const struct name_domain *domain = &hashes->domain[i];

		if (is_at_depth(set, i) &&
		    find_kinds(set, domain->hash, name + domain->at, len - domain->at) & TEXT_BELOW)
			return true;
	}
	return find_kinds(set, hashes->whole, name, len) & TEXT_ITSELF;
}

static uint64_t kind_key(uint64_t hash, enum text_kind kind)
{
	return hash ^ (uint64_t)kind << 56;
}

uint64_t textset_key(const char *text, size_t len, enum text_kind kind)
{
	return kind_key(text_hash(text, len), kind);
}

size_t textset_name_keys(const struct name_hashes *hashes, uint64_t *keys)
{
	for (unsigned i = 0; i < hashes->count; i++)
		keys[i] = kind_key(hashes->domain[i].hash, TEXT_BELOW);
	keys[hashes->count] = kind_key(hashes->whole, TEXT_ITSELF);
	return hashes->count + 1;
}

bool textset_next(const struct textset *set, size_t *at, const char **text, size_t *len, unsigned *kinds)
{
	const uint8_t *entry;

	if (*at >= set->used)
		return false;
	entry = set->pool + *at;
	*len = header(entry) & LENGTH_MASK;
	*kinds = header(entry) >> KIND_SHIFT;
	*text = (const char *)entry + HEADER;
	*at += HEADER + *len;
	return true;
}

static bool grow_pool(struct textset_building *building)
{
	size_t room = building->room ? building->room * 2 : 4 * TEXT_MAX;
	uint8_t *grown = room <= POOL_MAX ? realloc(building->pool, room) : NULL;

	if (!grown)
		return false;
	building->pool = grown;
	building->room = room;
	return true;
}

bool textset_add(struct textset_building *building, const char *text, size_t len, unsigned kinds)
{
	uint8_t *entry;

	if (building->room - building->used < HEADER + TEXT_MAX && !grow_pool(building))
		return false;
	entry = building->pool + building->used;
	set_header(entry, len, kinds);
	memcpy(entry + HEADER, text, len);
	building->used += HEADER + len;
	building->count++;
	return true;
}

/* --- sealing ---
 *
 * The pool is put in the order of the buckets, in a part of it at a time that the caches hold. A long list is cut
 * into such parts first, and given back to the system as it is copied: so it is hardly ever there twice.
 */

struct sealing {
	struct textset *set;
	struct text_bucket *buckets;
	uint8_t *pool;
	/* of the largest part: its texts as they came, their hashes, and where the buckets end */
	uint8_t *texts;
	uint64_t *hashes;
	uint32_t *ends;
};

/* A part of the pool, which holds the texts of the buckets from first up to last. */
struct part {
	size_t at, size, count, first, last;
};

static uint64_t hash_entry(const uint8_t *entry)
{
	return text_hash((const char *)entry + HEADER, header(entry) & LENGTH_MASK);
}

/* Counts the bytes of each bucket, and says where it will end; its own place is where it is filled from, downwards. */
static void measure(struct sealing *s, const struct part *part)
{
	size_t at = 0, end = part->at;

	for (size_t i = 0; i < part->count; i++, at += entry_size(s->texts + at)) {
		s->hashes[i] = hash_entry(s->texts + at);
		s->buckets[bucket_of(s->hashes[i], s->set->bucket_count)].at += (uint32_t)entry_size(s->texts + at);
	}
	for (size_t i = part->first; i < part->last; i++) {
		end += s->buckets[i].at;
		s->buckets[i].at = s->ends[i - part->first] = (uint32_t)end;
	}
}

static unsigned dots_of(const uint8_t *entry)
{
	const char *text = (const char *)entry + HEADER;
	unsigned dots = 0;

	for (size_t i = 0; i < (header(entry) & LENGTH_MASK); i++)
		dots += text[i] == '.';
	return dots < DEPTH_MAX ? dots : DEPTH_MAX;
}

/* Puts a text into its bucket, or adds its kinds to those of the one that is there. */
static void enter(struct sealing *s, const struct part *part, const uint8_t *entry, uint64_t hash)
{
	size_t number = bucket_of(hash, s->set->bucket_count), size = entry_size(entry);
	struct text_bucket *bucket = &s->buckets[number];
	uint32_t sign = sign_of(hash);
	uint8_t *there = NULL;

	if ((bucket->signs & sign) == sign)
		there = find_entry(s->pool + bucket->at, s->pool + s->ends[number - part->first],
				   (const char *)entry + HEADER, size - HEADER);
	if (there) {
		set_header(there, size - HEADER, (header(there) | header(entry)) >> KIND_SHIFT);
	} else {
		bucket->at -= (uint32_t)size;
		bucket->signs |= sign;
		memcpy(s->pool + bucket->at, entry, size);
		s->set->count++;
	}
	if (header(entry) >> KIND_SHIFT & TEXT_BELOW)
		s->set->depths |= 1U << dots_of(entry);
}

/* Closes the gaps that texts have left that came twice. */
static void close_up(struct sealing *s, const struct part *part)
{
	for (size_t i = part->first; i < part->last; i++) {
		size_t size = s->ends[i - part->first] - s->buckets[i].at;

		if (s->set->used != s->buckets[i].at)
			memmove(s->pool + s->set->used, s->pool + s->buckets[i].at, size);
		s->buckets[i].at = (uint32_t)s->set->used;
		s->set->used += size;
	}
}

static void seal_part(struct sealing *s, const struct part *part)
{
	size_t at = 0;

	memcpy(s->texts, s->pool + part->at, part->size);
	measure(s, part);
	for (size_t i = 0; i < part->count; i++, at += entry_size(s->texts + at))
		enter(s, part, s->texts + at, s->hashes[i]);
	close_up(s, part);
}

/* What of a pool has been copied, up to here, is needed no more. */
static void give_back(uint8_t *pool, size_t from, size_t to)
{
	size_t skip = -(uintptr_t)(pool + from) & (PAGE - 1), tail = (uintptr_t)(pool + to) & (PAGE - 1);

	if (from + skip + tail < to)
		(void)madvise(pool + from + skip, to - from - skip - tail, MADV_DONTNEED);
}

/* Where the texts of each part go; in numbers, which part each text belongs to. */
static void plan_parts(const struct textset_building *building, size_t buckets, struct part *parts, uint8_t *numbers)
{
	size_t per_part = buckets / PARTS + 1, at = 0, size;

	for (size_t i = 0; i < building->count; i++, at += size) {
		size_t number = bucket_of(hash_entry(building->pool + at), buckets) / per_part;

		size = entry_size(building->pool + at);
		numbers[i] = (uint8_t)number;
		parts[number].size += size;
		parts[number].count++;
	}
	at = 0;
	for (size_t i = 0; i < PARTS; i++) {
		parts[i].first = i * per_part < buckets ? i * per_part : buckets;
		parts[i].last = parts[i].first + per_part < buckets ? parts[i].first + per_part : buckets;
		parts[i].at = at;
		at += parts[i].size;
	}
}

/* Sorts the pool by parts. false: out of memory. */
static bool cut(struct textset_building *building, size_t buckets, struct part *parts)
{
	uint8_t *numbers = malloc(building->count), *pool = malloc(building->used);
	size_t to[PARTS], at = 0, given = 0;

	if (!numbers || !pool) {
		free(numbers);
		free(pool);
		return false;
	}
	plan_parts(building, buckets, parts, numbers);
	for (size_t i = 0; i < PARTS; i++)
		to[i] = parts[i].at;
	for (size_t i = 0; i < building->count; i++) {
		size_t size = entry_size(building->pool + at);

		memcpy(pool + to[numbers[i]], building->pool + at, size);
		to[numbers[i]] += size;
		at += size;
		if (at - given >= LARGE) {
			give_back(building->pool, given, at);
			given = at;
		}
	}
	free(numbers);
	free(building->pool);
	building->pool = pool;
	building->room = building->used;
	return true;
}

static bool seal_parts(struct sealing *s, const struct part *parts, size_t count)
{
	size_t size = 0, texts = 0, buckets = 0;
	bool done;

	for (size_t i = 0; i < count; i++) {
		size = parts[i].size > size ? parts[i].size : size;
		texts = parts[i].count > texts ? parts[i].count : texts;
		buckets = parts[i].last - parts[i].first > buckets ? parts[i].last - parts[i].first : buckets;
	}
	s->texts = calloc(size + 1, 1);
	s->hashes = calloc(texts + 1, sizeof *s->hashes);
	s->ends = calloc(buckets + 1, sizeof *s->ends);
	done = s->texts && s->hashes && s->ends;
	for (size_t i = 0; i < count && done; i++)
		seal_part(s, &parts[i]);
	free(s->texts);
	free(s->hashes);
	free(s->ends);
	return done;
}

/* A large pool is kept as it is, but for the room it does not need; a small one goes where its set is. */
static const uint8_t *keep_pool(const struct textset_building *building, size_t used, struct arena *arena)
{
	uint8_t *pool = used > SMALL ? realloc(building->pool, used) : arena_alloc(arena, used);

	if (used <= SMALL) {
		memcpy(pool, building->pool, used);
		free(building->pool);
		return pool;
	}
	pool = pool ? pool : building->pool;
	arena_keep(arena, pool, used);
	return pool;
}

struct textset textset_seal(struct textset_building *building, struct arena *arena)
{
	struct textset set = {.bucket_count = building->count / PER_BUCKET + 1};
	struct part parts[PARTS] = {{.size = building->used, .count = building->count, .last = set.bucket_count}};
	struct sealing sealing = {.set = &set};
	bool large = building->used >= LARGE;

	if (!building->count)
		return (struct textset){0};
	set.buckets = sealing.buckets = arena_array(arena, set.bucket_count + 1, sizeof *set.buckets);
	if (large)
		parts[0] = (struct part){0};
	if (arena_failed(arena) || (large && !cut(building, set.bucket_count, parts)) ||
	    (sealing.pool = building->pool, !seal_parts(&sealing, parts, large ? PARTS : 1))) {
		free(building->pool);
		*building = (struct textset_building){0};
		arena_fail(arena);
		return (struct textset){0};
	}
	sealing.buckets[set.bucket_count].at = (uint32_t)set.used;
	set.pool = keep_pool(building, set.used, arena);
	*building = (struct textset_building){0};
	return set;
}
