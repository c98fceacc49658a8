// SPDX-License-Identifier: Apache-2.0
// How often this program asked for memory; allocations.cpp counts.
#pragma once

long& allocations();
