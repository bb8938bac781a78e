// SPDX-License-Identifier: Apache-2.0 OR MIT
using Pie.Interop;

namespace Pie.Streams
{
    /// <summary>How a connect ended, and then the news of the connection.</summary>
    internal sealed class ConnectionRoute : Route
    {
        private Operation<PieClient> connect;
        private readonly News news;

        internal ConnectionRoute(Operation<PieClient> connect, News news)
        {
            this.connect = connect;
            this.news = news;
        }

        internal override Delivery Deliver(ref EventData data)
        {
            if (data.Kind == Kinds.Connection)
            {
                return news.Add(ref data) ? Delivery.Last : Delivery.Done;
            }
            connect.Deliver(ref data);
            // Its task holds the client, which a forgotten connection must not keep alive.
            connect = null;
            return data.Status < 0 ? Delivery.Last : Delivery.Done;
        }

        internal override void Abort()
        {
            connect?.Abort();
            news.End();
        }
    }
}
