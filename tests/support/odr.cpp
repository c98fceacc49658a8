// SPDX-License-Identifier: Apache-2.0
// Linked into every test program beside its tests: whatever is defined twice fails to link.
#include <gkd/gkd.hpp>
