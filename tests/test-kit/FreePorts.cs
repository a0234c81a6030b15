using System.Net;
using System.Net.Sockets;

namespace Pipeline.TestKit;

/// <summary>Ports that nobody listens on now. Another program may still be faster: whoever starts a server tries again.</summary>
public static class FreePorts
{
    private const int Tries = 200;

    public static int One() => WithFollowing(0);

    /// <summary>A free port whose neighbours at the given distances are free too.</summary>
    public static int WithFollowing(params int[] distances)
    {
        for (var i = 0; i < Tries; i++)
        {
            var port = AnyFree();
            if (distances.All(distance => IsFree(port + distance))) return port;
        }

        throw new InvalidOperationException($"no {distances.Length} free ports together in {Tries} tries");
    }

    private static int AnyFree()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static bool IsFree(int port)
    {
        if (port > IPEndPoint.MaxPort) return false;
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
