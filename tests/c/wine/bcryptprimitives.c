/* Rust's standard library takes its random bytes from this function of Windows 10, whose library Wine has from version 9 on. */
#include <windows.h>

#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(BYTE *data, SIZE_T size) {
  /* Asked for hash seeds and the like. */
  return RtlGenRandom(data, (ULONG)size);
}
