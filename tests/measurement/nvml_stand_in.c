/*
 * A stand-in for NVIDIA's management library: two boards, the first with an energy counter, the second
 * with a power only. The file that JOULEBOOK_TEST_GPU names holds "lost" when the first is gone.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { int index; unsigned long long energy; } Board;
static Board boards[2] = {{0, 1000000ULL}, {1, 0ULL}};

int nvmlInit_v2(void) { return getenv("JOULEBOOK_TEST_NO_DRIVER") ? 9 : 0; }
int nvmlShutdown(void) { return 0; }

int nvmlDeviceGetCount_v2(unsigned int *count) { *count = 2; return 0; }

int nvmlDeviceGetHandleByIndex_v2(unsigned int index, Board **board) {
  if (index > 1) return 2;
  *board = &boards[index];
  return 0;
}

int nvmlDeviceGetUUID(Board *board, char *text, unsigned int length) {
  snprintf(text, length, "GPU-%d-stand-in", board->index);
  return 0;
}

int nvmlDeviceGetName(Board *board, char *text, unsigned int length) {
  (void)board;
  snprintf(text, length, "Stand-in board");
  return 0;
}

static int is_lost(void) {
  const char *path = getenv("JOULEBOOK_TEST_GPU");
  char word[8] = "";
  FILE *file = path ? fopen(path, "r") : NULL;
  if (!file) return 0;
  if (!fgets(word, sizeof word, file)) word[0] = 0;
  fclose(file);
  return strncmp(word, "lost", 4) == 0;
}

int nvmlDeviceGetTotalEnergyConsumption(Board *board, unsigned long long *millijoules) {
  if (board->index == 1) return 3;
  if (is_lost()) return 15;
  board->energy += 2500;
  *millijoules = board->energy;
  return 0;
}

int nvmlDeviceGetPowerUsage(Board *board, unsigned int *milliwatts) {
  (void)board;
  if (is_lost()) return 15;
  *milliwatts = 98765;
  return 0;
}
