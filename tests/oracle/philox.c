// SPDX-License-Identifier: Apache-2.0
// Writes philox.golden: the three known answers for philox4x32-10 that Random123 publishes (file
// kat_vectors of its distribution), checked against Random123's own code, and further ones from
// that code. Random123 1.14.0 (package librandom123-dev):
//
//   cc philox.c -o philox && ./philox > philox.golden
#include <Random123/philox.h>
#include <stdio.h>
#include <string.h>

static void print_words(const char* key, const uint32_t* words, int count) {
  printf("%s:", key);
  for (int i = 0; i < count; ++i) printf(" %u", (unsigned)words[i]);
  printf("\n");
}

static void print_case(philox4x32_ctr_t counter, philox4x32_key_t key, philox4x32_ctr_t answer,
                       const char* source) {
  printf("\n[case]\nsource: %s\n", source);
  print_words("counter", counter.v, 4);
  print_words("key", key.v, 2);
  print_words("answer", answer.v, 4);
}

// counter, key, answer, as in kat_vectors: nothing, all ones, the digits of pi
static const uint32_t published[3][10] = {
    {0, 0, 0, 0, 0, 0, 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8},
    {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0x408f276d, 0x41c83b0e,
     0xa20bc7c6, 0x6d5451fd},
    {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344, 0xa4093822, 0x299f31d0, 0xd16cfe09, 0x94fdcceb,
     0x5001e420, 0x24126ea1},
};

int main(void) {
  printf("# SPDX-License-Identifier: Apache-2.0\n"
         "# philox4x32-10 by Random123 1.14.0, made by philox.c. Words are unsigned 32-bit, in\n"
         "# decimal, word 0 first; source: the answer is published, or computed by its code.\n");
  for (int i = 0; i < 3; ++i) {
    philox4x32_ctr_t counter, answer;
    philox4x32_key_t key;
    memcpy(counter.v, published[i], sizeof counter.v);
    memcpy(key.v, published[i] + 4, sizeof key.v);
    memcpy(answer.v, published[i] + 6, sizeof answer.v);
    const philox4x32_ctr_t computed = philox4x32_R(10, counter, key);
    if (memcmp(computed.v, answer.v, sizeof answer.v) != 0) {
      fprintf(stderr, "published answer %d is not what Random123 computes\n", i);
      return 1;
    }
    print_case(counter, key, answer, "published");
  }
  // each word of counter and key alone, then chains in which an answer is the next counter
  for (int i = 0; i < 6; ++i) {
    philox4x32_ctr_t counter = {{0, 0, 0, 0}};
    philox4x32_key_t key = {{0, 0}};
    if (i < 4) counter.v[i] = 1u << (7 * i + 3);
    else key.v[i - 4] = 0x80000001u;
    print_case(counter, key, philox4x32_R(10, counter, key), "computed");
  }
  philox4x32_ctr_t counter = {{1, 2, 3, 4}};
  philox4x32_key_t key = {{5, 6}};
  for (int i = 0; i < 24; ++i) {
    const philox4x32_ctr_t answer = philox4x32_R(10, counter, key);
    print_case(counter, key, answer, "computed");
    counter = answer;
    key.v[0] ^= answer.v[0];
    key.v[1] += answer.v[3];
  }
  return 0;
}
