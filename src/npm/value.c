#include <math.h>
#include <npmrc-doctor/value.h>

struct nd_value nd_value_string(struct nd_span text)
{
	return (struct nd_value){.type = ND_TYPE_STRING, .string = text};
}

struct nd_value nd_value_boolean(bool boolean)
{
	return (struct nd_value){.type = ND_TYPE_BOOLEAN, .boolean = boolean};
}

struct nd_value nd_value_number(double number)
{
	return (struct nd_value){.type = ND_TYPE_NUMBER, .number = number};
}

struct nd_value nd_value_null(void)
{
	return (struct nd_value){.type = ND_TYPE_NULL};
}

bool nd_value_truthy(const struct nd_value *value)
{
	switch (value->type) {
	case ND_TYPE_UNDEFINED:
	case ND_TYPE_NULL:
		return false;
	case ND_TYPE_BOOLEAN:
		return value->boolean;
	case ND_TYPE_NUMBER:
		return value->number != 0 && !isnan(value->number);
	case ND_TYPE_STRING:
		return value->string.n > 0;
	case ND_TYPE_ARRAY:
	case ND_TYPE_OBJECT:
		break;
	}
	return true;
}

/* Arrays nest no deeper than JSON does here (json.c bounds it), so recursion is bounded too. */
static bool arrays_equal(const struct nd_value *a, const struct nd_value *b)
{
	if (a->n_items != b->n_items)
		return false;
	for (size_t i = 0; i < a->n_items; i++)
		if (!nd_value_equal(&a->items[i], &b->items[i]))
			return false;
	return true;
}

bool nd_value_equal(const struct nd_value *a, const struct nd_value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case ND_TYPE_UNDEFINED:
	case ND_TYPE_NULL:
		break;
	case ND_TYPE_BOOLEAN:
		return a->boolean == b->boolean;
	case ND_TYPE_NUMBER:
		return a->number == b->number || (isnan(a->number) && isnan(b->number));
	case ND_TYPE_STRING:
	case ND_TYPE_OBJECT:
		return nd_span_equal(a->string, b->string);
	case ND_TYPE_ARRAY:
		return arrays_equal(a, b);
	}
	return true;
}

/* The fewest digits that read back as the same number, and the exponent of the first one. */
static int shortest_digits(double number, char digits[20], int *exponent)
{
	char text[G_ASCII_DTOSTR_BUF_SIZE], format[8];

	for (int precision = 0; precision <= 16; precision++) {
		g_snprintf(format, sizeof(format), "%%.%de", precision);
		g_ascii_formatd(text, sizeof(text), format, number);
		if (g_ascii_strtod(text, NULL) == number)
			break;
	}
	const char *e = strchr(text, 'e');
	int n = 0;

	for (const char *p = text; p < e; p++)
		if (g_ascii_isdigit(*p))
			digits[n++] = *p;
	*exponent = (int)g_ascii_strtoll(e + 1, NULL, 10);
	return n;
}

/* ECMAScript's Number::toString for a positive, finite number. */
static void append_positive(GString *out, double number)
{
	char digits[20];
	int exponent, n = shortest_digits(number, digits, &exponent);
	int point = exponent + 1; /* digits before the decimal point */

	if (point > 21 || point < -5) {
		/* There is one digit at least. NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage) */
		g_string_append_c(out, digits[0]);
		if (n > 1)
			g_string_append_c(out, '.');
		g_string_append_len(out, digits + 1, n - 1);
		g_string_append_printf(out, "e%+d", exponent);
		return;
	}
	if (point <= 0)
		g_string_append(out, "0.");
	for (int i = point; i < 0; i++)
		g_string_append_c(out, '0');
	for (int i = 0; i < MAX(n, point); i++) {
		if (i == point && i > 0)
			g_string_append_c(out, '.');
		g_string_append_c(out, i < n ? digits[i] : '0');
	}
}

static void append_number(GString *out, double number)
{
	if (isnan(number)) {
		g_string_append(out, "NaN");
		return;
	}
	if (number < 0)
		g_string_append_c(out, '-');
	if (number == 0)
		g_string_append_c(out, '0');
	else if (isinf(number))
		g_string_append(out, "Infinity");
	else
		append_positive(out, fabs(number));
}

static void append_text(GString *out, const struct nd_value *value)
{
	switch (value->type) {
	case ND_TYPE_UNDEFINED:
		g_string_append(out, "undefined");
		break;
	case ND_TYPE_NULL:
		g_string_append(out, "null");
		break;
	case ND_TYPE_BOOLEAN:
		g_string_append(out, value->boolean ? "true" : "false");
		break;
	case ND_TYPE_NUMBER:
		append_number(out, value->number);
		break;
	case ND_TYPE_STRING:
		g_string_append_len(out, value->string.p, (gssize)value->string.n);
		break;
	case ND_TYPE_ARRAY:
		for (size_t i = 0; i < value->n_items; i++) {
			const struct nd_value *item = &value->items[i];

			if (i > 0)
				g_string_append_c(out, ',');
			/* join() writes nothing for these two. */
			if (item->type != ND_TYPE_NULL && item->type != ND_TYPE_UNDEFINED)
				append_text(out, item);
		}
		break;
	case ND_TYPE_OBJECT:
		g_string_append(out, "[object Object]");
		break;
	}
}

struct nd_span nd_value_text(const struct nd_value *value, struct nd_arena *arena)
{
	if (value->type == ND_TYPE_STRING)
		return nd_arena_copy(arena, value->string);
	g_autoptr(GString) text = g_string_new(NULL);

	append_text(text, value);
	return nd_arena_copy(arena, (struct nd_span){text->str, text->len});
}
