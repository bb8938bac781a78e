// SPDX-License-Identifier: Apache-2.0 OR MIT
using System;
using System.IO;
using System.Threading;
using System.Threading.Tasks;

namespace Pie.Tests
{
    /// <summary>Keys, signers, tokens.</summary>
    internal static class LoginTests
    {
        private static string KeyPath => Environment.GetEnvironmentVariable("PIE_TEST_KEY");

        [Test("login")]
        internal static async Task AKeyLogsIn(string uri)
        {
            using (var client = await PieClient.ConnectAsync(uri))
            {
                await Check.Fails(PieStatus.Auth, () => client.LaunchAsync(Setup.Echo));
                await Check.Fails(PieStatus.Auth, () => client.AuthenticateAsync("me"));
                using (var key = PiePrivateKey.FromFile(KeyPath))
                {
                    Check.Same("ed25519", key.Algorithm);
                    await client.AuthenticateAsync("me", key);
                }
                await client.PingAsync();
            }
            using (var client = await PieClient.ConnectAsync(uri))
            {
                Task login;
                using (var key = PiePrivateKey.Parse(File.ReadAllText(KeyPath)))
                {
                    login = client.AuthenticateAsync("me", key);
                }
                await login;
            }
        }

        [Test("login")]
        internal static async Task WrongKeysAreToldOf(string uri)
        {
            await Check.Fails(PieStatus.Io, () => Task.FromResult(PiePrivateKey.FromFile("/nowhere")));
            await Check.Fails(PieStatus.Key, () => Task.FromResult(PiePrivateKey.Parse("no key")));
            await Check.Throws<ArgumentException>(() => Task.FromResult(PiePrivateKey.Parse("a\0b")));
        }

        [Test("login")]
        internal static async Task ASignerIsAsked(string uri)
        {
            using (var client = await PieClient.ConnectAsync(uri))
            {
                byte[] challenge = null;
                Func<byte[], byte[]> sign = asked =>
                {
                    challenge = asked;
                    GC.Collect();
                    return new byte[64];
                };
                await Check.Fails(PieStatus.Auth, () => client.AuthenticateWithSignerAsync("me", sign));
                Check.Same(48, challenge.Length);
                await Check.Fails(PieStatus.Key, () => client.AuthenticateWithSignerAsync("me", _ => null));
                await Check.Fails(PieStatus.Key, () => client.AuthenticateWithSignerAsync("me", _ => new byte[5000]));
                await Check.Throws<NotSupportedException>(
                    () => client.AuthenticateWithSignerAsync("me", _ => throw new NotSupportedException()));
                await Check.Throws<OperationCanceledException>(
                    () => client.AuthenticateWithSignerAsync("me", sign, null, new CancellationToken(true)));
            }
        }

        [Test("0.4")]
        internal static async Task ATokenLogsIn(string uri)
        {
            using (var client = await PieClient.ConnectAsync(uri))
            {
                await client.AuthenticateWithTokenAsync("scripted-token");
                await client.PingAsync();
            }
        }

        [Test("login")]
        internal static async Task WithoutAnAgentThatIsSaid(string uri)
        {
            using (var client = await PieClient.ConnectAsync(uri))
            {
                await Check.Fails(PieStatus.Key, () => client.AuthenticateWithAgentAsync("me"));
            }
        }
    }
}
