// SPDX-License-Identifier: Apache-2.0
// Values of the demo's command line.
#include "../../examples/demo/arguments.hpp"

#include <sys/stat.h>  // mkfifo

#include "io/temporary.hpp"
#include "support/catch.hpp"
#include "support/throws.hpp"

using namespace gkd;

TEST_CASE("demo: a number is one from the least to the most") {
  CHECK(demo::number("--seeds", "1", 1, 20) == 1);
  CHECK(demo::number("--seeds", "20", 1, 20) == 20);
  for (const char* text : {"0", "21", "", "x", "3 ", "-1", "1.5"})
    CHECK_ERROR(demo::number("--seeds", text, 1, 20), errc::bad_argument,
                concat("--seeds is ", in_quotes(text), ", want a number from 1 to 20"));
}

TEST_CASE("demo: a report goes to a file, new or not, of a folder that is there") {
  const test_folder folder;
  CHECK(demo::report_path(folder / "new.html") == folder / "new.html");
  folder.write("old.html", "old");
  CHECK(demo::report_path(folder / "old.html") == folder / "old.html");
}

TEST_CASE("demo: a report that could not be written is refused before the work") {
  const test_folder folder;
  REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  for (const std::string& path :
       {std::string(), folder.path(), folder / "none/report.html", folder / "pipe",
        std::string("/dev/full"), std::string("/dev/null")})
    CHECK_ERROR(demo::report_path(path), errc::bad_argument,
                concat("--report is ", in_quotes(path),
                       ", want the path of a file in a folder that exists and can be written to"));
}
