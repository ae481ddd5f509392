using System.Net;
using System.Net.Sockets;

namespace MlOps.Testing;

/// <summary>
/// Ports for servers that are told where to listen, or that come back where they were. The system deals out ports from 32768 on to all who
/// do not ask for one, such as clients that knock where nobody listens yet: these are below.
/// </summary>
internal static class QuietPort
{
    /// <summary>One that nobody has now.</summary>
    public static int Find()
    {
        while (true)
        {
            var port = Random.Shared.Next(20_000, 32_000);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody listens there.
            }
        }
    }
}
