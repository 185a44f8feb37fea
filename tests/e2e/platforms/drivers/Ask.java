import io.grpc.ManagedChannel;
import io.grpc.ManagedChannelBuilder;
import io.grpc.StatusRuntimeException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;

public final class Ask {
  public static void main(String[] given) throws Exception {
    ManagedChannel channel = ManagedChannelBuilder.forTarget(given[0]).usePlaintext().build();
    Path folder = Paths.get(given[2]);
    for (String name : new String[] {"rocket.jpg", "wall.jpg", "text.jpg"}) {
      tell(new Gateway(channel, given[1]), Files.readAllBytes(folder.resolve(name)));
    }
    tell(new Gateway(channel, "another"), Files.readAllBytes(folder.resolve("rocket.jpg")));
    channel.shutdownNow();
  }

  private static void tell(Gateway gateway, byte[] picture) throws Exception {
    try {
      String label = gateway.label(picture);
      System.out.println(label == null ? "-" : label);
    } catch (StatusRuntimeException error) {
      System.out.println(Gateway.reason(error).getReason());
    }
  }
}
