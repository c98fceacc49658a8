// SPDX-License-Identifier: Apache-2.0
// CHECK_ERROR(expression, code, text): the expression throws gkd::error with this code, and its
// message contains the text.
#pragma once

#include <gkd/core/error.hpp>

#include <string>

#include "support/catch.hpp"

#define CHECK_ERROR(expression, wanted_code, wanted_text)                          \
  do {                                                                             \
    bool thrown = false;                                                           \
    try {                                                                          \
      static_cast<void>(expression);                                               \
    } catch (const gkd::error& caught) {                                           \
      thrown = true;                                                               \
      INFO("message: " << caught.what());                                          \
      CHECK(gkd::name_of(caught.code()) == gkd::name_of(wanted_code));             \
      CHECK(std::string(caught.what()).find(wanted_text) != std::string::npos);    \
    }                                                                              \
    INFO("no gkd::error from " #expression);                                       \
    CHECK(thrown);                                                                 \
  } while (false)
