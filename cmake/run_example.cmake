# SPDX-License-Identifier: Apache-2.0
# Runs an example and compares what it prints with the file beside it, to the letter.
cmake_minimum_required(VERSION 3.24...4.0)

if(NOT EXISTS ${expected})
  message(FATAL_ERROR "an example needs its output beside it: ${expected}")
endif()
set(arguments)
if(EXISTS ${arguments_file})
  file(READ ${arguments_file} text)
  string(REPLACE "@examples@" "${examples}" text "${text}")
  separate_arguments(arguments UNIX_COMMAND "${text}")
endif()
file(REMOVE_RECURSE ${folder})
file(MAKE_DIRECTORY ${folder})
execute_process(COMMAND ${program} ${arguments} WORKING_DIRECTORY ${folder}
  OUTPUT_VARIABLE printed RESULT_VARIABLE status)
file(READ ${expected} wanted)
if(NOT status EQUAL 0)
  message(FATAL_ERROR "${program} ended with ${status}; it printed\n${printed}")
endif()
if(NOT printed STREQUAL wanted)
  message(FATAL_ERROR "${program} printed\n${printed}\nwanted (${expected})\n${wanted}")
endif()
