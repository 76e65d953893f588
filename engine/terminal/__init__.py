"""What a person sees and presses. Listeners here copy and return; all else is done in threads of their own."""
