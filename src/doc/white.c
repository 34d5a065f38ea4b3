#include <npmrc-doctor/doc.h>

size_t nd_doc_white(const char *p, size_t n)
{
	const unsigned char *c = (const unsigned char *)p;

	if (n == 0)
		return 0;
	if (c[0] < 0x80)
		return c[0] == ' ' || (c[0] >= '\t' && c[0] <= '\r');
	if (n >= 2 && c[0] == 0xc2)
		return c[1] == 0xa0 ? 2 : 0;
	if (n < 3)
		return 0;
	bool white = false;

	if (c[0] == 0xe2 && c[1] == 0x80) /* U+2000-200A, 2028, 2029, 202F */
		white = (c[2] >= 0x80 && c[2] <= 0x8a) || c[2] == 0xa8 || c[2] == 0xa9 ||
			c[2] == 0xaf;
	else if (c[0] == 0xe2) /* U+205F */
		white = c[1] == 0x81 && c[2] == 0x9f;
	else if (c[0] == 0xe1) /* U+1680 */
		white = c[1] == 0x9a && c[2] == 0x80;
	else if (c[0] == 0xe3) /* U+3000 */
		white = c[1] == 0x80 && c[2] == 0x80;
	else if (c[0] == 0xef) /* U+FEFF */
		white = c[1] == 0xbb && c[2] == 0xbf;
	return white ? 3 : 0;
}
