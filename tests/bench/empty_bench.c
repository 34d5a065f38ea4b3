/* empty_bench: the floor that a start is measured against. */

int main(void)
{
	return 0;
}
