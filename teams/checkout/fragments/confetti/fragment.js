export function mount({ host, signal }) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  const sky = document.createElement("div");
  sky.className = "checkout-confetti";
  sky.ariaHidden = "true";
  host.append(sky);
  const falls = Array.from({ length: 40 }, () => {
    const piece = document.createElement("i");
    sky.append(piece);
    const [across, turn, duration] = [Math.random() * 100 - 50, Math.random() * 900, 900 + Math.random() * 900];
    const transform = ["none", `translate(${across}vw, 90vh) rotate(${turn}deg)`];
    return piece.animate({ transform, opacity: [1, 1, 0] }, { duration, fill: "forwards" }).finished;
  });
  const end = () => sky.remove();
  signal.addEventListener("abort", end);
  Promise.allSettled(falls).then(end);
}
