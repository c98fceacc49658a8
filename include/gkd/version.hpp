// SPDX-License-Identifier: Apache-2.0
// The version of gkd: the only place that states it. CMake reads this file.
#pragma once

#define GKD_VERSION_MAJOR 0
#define GKD_VERSION_MINOR 1
#define GKD_VERSION_PATCH 0
#define GKD_VERSION_STRING "0.1.0"
