#include <npmrc-doctor/policy.h>

guint32 nd_policy_today(int64_t now)
{
	return (guint32)(now / 86400) + 719163; /* 1 January 1970 */
}

guint32 nd_policy_day(const char *text)
{
	guint64 parts[3];
	g_auto(GStrv) words = g_strsplit(text, "-", 4);
	GDate date;

	if (g_strv_length(words) != 3 || strlen(words[0]) != 4 || strlen(words[1]) != 2 || strlen(words[2]) != 2)
		return 0;
	for (size_t i = 0; i < G_N_ELEMENTS(parts); i++)
		if (!g_ascii_string_to_unsigned(words[i], 10, 1, 9999, &parts[i], NULL))
			return 0;
	if (!g_date_valid_dmy((GDateDay)parts[2], (GDateMonth)parts[1], (GDateYear)parts[0]))
		return 0;
	g_date_clear(&date, 1);
	g_date_set_dmy(&date, (GDateDay)parts[2], (GDateMonth)parts[1], (GDateYear)parts[0]);
	return g_date_get_julian(&date);
}

char *nd_suppression_end(const struct nd_suppression *suppression)
{
	GDate date;

	g_date_clear(&date, 1);
	g_date_set_julian(&date, suppression->until);
	return g_strdup_printf("%04d-%02d-%02d", g_date_get_year(&date), g_date_get_month(&date),
		g_date_get_day(&date));
}
