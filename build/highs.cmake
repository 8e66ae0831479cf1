# Sources of HiGHS are compiled eight at a time: headers are read once for all of them, and that is almost half the work.
set(CMAKE_UNITY_BUILD ON CACHE BOOL "Compile several sources at a time")
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8 CACHE STRING "So many")
