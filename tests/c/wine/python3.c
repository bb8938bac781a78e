/* Python for programs that Wine runs: a program of Windows whose standard input, outputs and end are those of the real one, which
   tests/c/wine/pythons starts at the other end of a connection. */
#include <winsock2.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static SOCKET there;

static DWORD WINAPI pass_input(void *unused) {
  char part[65536];
  DWORD size;
  while (ReadFile(GetStdHandle(STD_INPUT_HANDLE), part, sizeof part, &size, NULL) && size > 0)
    if (send(there, part, (int)size, 0) != (int)size) break;
  shutdown(there, SD_SEND);
  (void)unused;
  return 0;
}

static void receive(void *room, int size) {
  for (int at = 0, now; at < size; at += now)
    if ((now = recv(there, (char *)room + at, size - at, 0)) <= 0) ExitProcess(99);
}

/* To an output that nobody reads any more nothing is written. */
static void pass_output(DWORD to, int size) {
  char part[65536];
  DWORD written;
  for (int now; size > 0; size -= now) {
    now = size < (int)sizeof part ? size : (int)sizeof part;
    receive(part, now);
    WriteFile(GetStdHandle(to), part, (DWORD)now, &written, NULL);
  }
}

int main(int count, char **arguments) {
  WSADATA about;
  struct sockaddr_in address = {.sin_family = AF_INET};
  unsigned char head[5];
  WSAStartup(MAKEWORD(2, 2), &about);
  address.sin_port = htons((u_short)atoi(getenv("PIE_TEST_PYTHONS")));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  there = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(there, (struct sockaddr *)&address, sizeof address) != 0) return 98;
  for (int i = 1; i < count; i++) send(there, arguments[i], (int)strlen(arguments[i]) + 1, 0);
  send(there, "", 1, 0);
  CloseHandle(CreateThread(NULL, 0, pass_input, NULL, 0, NULL));
  for (;;) {
    receive(head, sizeof head);
    int size = head[1] << 24 | head[2] << 16 | head[3] << 8 | head[4];
    if (head[0] == 'x') ExitProcess((UINT)size);
    if (head[0] == 'c') CloseHandle(GetStdHandle(STD_OUTPUT_HANDLE));
    if (head[0] == 'o') pass_output(STD_OUTPUT_HANDLE, size);
    if (head[0] == 'e') pass_output(STD_ERROR_HANDLE, size);
  }
}
